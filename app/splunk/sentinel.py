"""Events to Microsoft Sentinel (push), with the interface of `app.splunk.hec`.

    from app.splunk import sentinel
    sentinel.push_frame(frame)

Azure Monitor's Logs Ingestion API: a data collection rule (DCR) says what becomes of a stream's
fields. The identity is that of docs/credentials.md; it needs the role Monitoring Metrics Publisher
on the rule. https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview
"""

import datetime
import gzip
import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import requests

from app import variables
from app.secrets import Secrets, azure
from app.settings import folders
from app.splunk import sources
from app.splunk.errors import SplunkError, of_connection
from app.splunk.events import as_json, batches, time_of
from app.splunk.pushing import AwayError, Pushed, push_batches
from app.splunk.sources import Event
from app.splunk.spool import Spool

_VERSION = "2023-01-01"
_MOST_BYTES = 900_000  # of 1 MB, not compressed
_TRIES = 4
_TIMEOUT = (5, 30)
_AUDIENCES = {  # of the national clouds; https://learn.microsoft.com/azure/azure-government
    ".azure.us": "https://monitor.azure.us/.default",
    ".azure.cn": "https://monitor.azure.cn/.default",
}
_PUBLIC = "https://monitor.azure.com/.default"
_MEANING = {
    400: "the events are not what the stream of the rule declares",
    401: "the identity is not accepted",
    403: "the identity lacks the role Monitoring Metrics Publisher on the data collection rule",
    404: "there is no such endpoint, rule (its immutable id) or stream",
    413: "an event is too large",
}

TokenOf = Callable[[str], str]


@dataclass(frozen=True)
class Rule:
    """Where events go: the endpoint of a rule, its immutable id, and one of its streams."""

    endpoint: str
    rule: str
    stream: str
    spool: Path
    spool_mb: int = 256

    @property
    def url(self) -> str:
        path = f"dataCollectionRules/{self.rule}/streams/{self.stream}"
        return f"{self.endpoint}/{path}?api-version={_VERSION}"

    @property
    def scope(self) -> str:
        host = self.endpoint.removeprefix("https://").partition(":")[0]
        return next((s for ending, s in _AUDIENCES.items() if host.endswith(ending)), _PUBLIC)


def rule(environment: Mapping[str, str] = os.environ) -> Rule:
    """The rule that HUNT_SENTINEL_ENDPOINT, _RULE and _STREAM name. Raises SplunkError."""
    values = variables.values("sentinel", environment)
    endpoint, identity, stream = (text.strip() for text in values.values())
    if not (endpoint and identity and stream):
        names = ", ".join(variable.name for variable in variables.group("sentinel"))
        raise SplunkError(f"no Microsoft Sentinel is set up: set {names}")
    if not endpoint.startswith("https://"):
        raise SplunkError(f"HUNT_SENTINEL_ENDPOINT is {endpoint!r}: use https://...")
    spool = folders(environment).srv / "app" / "spool"
    return Rule(endpoint.rstrip("/"), identity, stream, spool)


def push(events: Iterable[Event], to: Rule | None = None) -> Pushed:
    """Send events in batches, in order.

    Raises SplunkError if Azure refuses them, or if they can neither be sent nor wait.
    """
    to = to or rule()
    name = hashlib.sha256(to.url.encode()).hexdigest()[:16]
    spool = Spool(to.spool / name, to.spool_mb << 20)
    texts = batches((_encoded(event) for event in events), _MOST_BYTES)
    return push_batches(texts, _Ingestion(to, _azure()), spool)


def push_frame(frame: pd.DataFrame, to: Rule | None = None) -> Pushed:
    """Send the rows of a frame, without their empty fields."""
    return push(sources.of_frame(frame), to)


def push_file(path: Path, to: Rule | None = None) -> Pushed:
    """Send the rows of a CSV or JSON lines file; the lines of another, as `RawData`."""
    return push(sources.of_file(path), to)


def push_folder(folder: Path, pattern: str = "*", to: Rule | None = None) -> Pushed:
    """Send every file of a folder and the folders below."""
    return push(_all(folder, pattern), to)


def _all(folder: Path, pattern: str) -> Iterator[Event]:
    for _, events in sources.of_folder(folder, pattern):
        yield from events


def _encoded(event: Event) -> bytes:
    """An event as JSON, with the time that every table has."""
    whole = {"RawData": event} if isinstance(event, str) else event
    seconds = time_of(event)
    now = datetime.datetime.now(datetime.UTC)
    time = now if seconds is None else datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return as_json({"TimeGenerated": time.isoformat(), **whole})


def _azure() -> TokenOf:
    """Tokens of azure-identity, for the identity that the Key Vault is asked with, too."""
    credential: Any = azure.credential(Secrets(os.environ).msticpy.identity)

    def token(scope: str) -> str:
        from azure.core.exceptions import AzureError

        try:
            return str(credential.get_token(scope).token)
        except AzureError as error:  # its text may quote what was sent
            raise SplunkError(
                f"Azure gives this service no token ({type(error).__name__}): docs/credentials.md"
            ) from None

    return token


@dataclass
class _Ingestion:
    """Sends batches of JSON lines as the arrays that the API wants."""

    to: Rule
    token_of: TokenOf
    lost: list[bytes] = field(default_factory=list)

    def send(self, body: bytes) -> None:
        lines = gzip.decompress(body).split(b"\n")
        array = gzip.compress(b"[" + b",".join(lines) + b"]", 6, mtime=0)
        for attempt in range(_TRIES):
            answer = self._post(array)
            if answer.status_code == 204:
                return
            if answer.status_code not in (429, 500, 502, 503, 504):
                raise _refusal(self.to.endpoint, answer)
            time.sleep(_wait_of(answer, 0.5 * 2**attempt))
        raise AwayError(f"{self.to.endpoint}: is too busy")

    send_and_wait = send

    def wait(self) -> None:
        """Nothing: an answer of the API is its acknowledgement."""

    def _post(self, body: bytes) -> requests.Response:
        headers = {
            "Authorization": f"Bearer {self.token_of(self.to.scope)}",
            "Content-Encoding": "gzip",
            "Content-Type": "application/json",
        }
        try:
            return requests.post(
                self.to.url, body, headers=headers, timeout=_TIMEOUT, allow_redirects=False
            )
        except requests.exceptions.SSLError as error:
            raise SplunkError(
                f"{self.to.endpoint}: its certificate is not trusted; REQUESTS_CA_BUNDLE names a"
                " private CA's file"
            ) from error
        except requests.RequestException as error:
            raise AwayError(str(of_connection(self.to.endpoint, error))) from None


def _wait_of(answer: requests.Response, default: float) -> float:
    text = answer.headers.get("Retry-After", "")
    return min(float(text), 30.0) if text.isascii() and text.isdigit() else default


def _refusal(endpoint: str, answer: requests.Response) -> SplunkError:
    status = answer.status_code
    said = answer.text.strip()[:300]
    meaning = _MEANING.get(status, "refused")
    return SplunkError(f"{endpoint}: {meaning} (HTTP {status}: {said})", status)
