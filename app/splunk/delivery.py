"""One conversation with an HTTP Event Collector: requests, retries, acknowledgements.

A token may want acknowledgements ("indexer acknowledgment"): each answer then has an `ackId`, and
`/services/collector/ack` tells whether that request is on disk. Ids count from 0 on each channel:
after an answer that never came, the id which it would have had tells whether the events arrived.
Without acknowledgements nobody can tell: they are sent again, with the same `event_id`.
https://help.splunk.com: Get data in, "About HTTP Event Collector Indexer Acknowledgment"
"""

import time
import uuid
from types import TracebackType
from typing import Any, Self

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from app.splunk.config import Collector
from app.splunk.errors import SplunkError, of_connection
from app.splunk.pushing import AwayError

_TRIES = 4
_MOST_PENDING = 16
_CODES = {
    1: "the token is disabled",
    3: "the token is not in the form that Splunk expects",
    4: "Splunk does not know the token: check splunk_hec_token",
    7: "the token may not write to that index, or there is no such index",
    10: "the channel is missing",
}


class _UnsureError(Exception):
    """The connection broke before the answer: the events may have arrived."""


class Delivery:
    """Use as a context. Not for several threads."""

    def __init__(
        self, to: Collector, pause: float = 0.5, ack_seconds: float = 60, read_seconds: float = 30
    ) -> None:
        self._to = to
        self._pause = pause
        self._ack_seconds = ack_seconds
        self._timeout = (5.0, read_seconds)
        self._session = requests.Session()
        self._channel = str(uuid.uuid4())
        self._taken = 0  # requests that Splunk has given an id on this channel
        self._pending: dict[int, bytes] = {}
        self.lost: list[bytes] = []  # taken, but never acknowledged

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._session.close()

    def send(self, body: bytes) -> None:
        """Send a compressed batch. Raises AwayError, or SplunkError if Splunk refuses it."""
        if len(self._pending) >= _MOST_PENDING:
            self.wait()
        if self.lost:
            raise AwayError(f"{self._to.url}: takes events, but does not acknowledge them")
        deadline = time.monotonic() + self._ack_seconds
        for attempt in range(_TRIES):
            try:
                answer = self._post("/services/collector/event", body)
            except _UnsureError:
                if self._arrived(deadline):
                    return
                continue
            if self._is_taken(answer, body):
                return
            if not _is_sure(answer) and self._arrived(deadline):
                return
            time.sleep(_wait_of(answer, self._pause * 2**attempt))
        raise AwayError(f"{self._to.url}: does not answer, or is too busy")

    def send_and_wait(self, body: bytes) -> None:
        """As `send`, until it is acknowledged."""
        self.send(body)
        self.wait()
        if self.lost:
            self.lost.clear()
            raise AwayError(f"{self._to.url}: takes events, but does not acknowledge them")

    def wait(self) -> None:
        """Wait until all that was sent is acknowledged; what is not in time is `lost`."""
        deadline = time.monotonic() + self._ack_seconds
        while self._pending and time.monotonic() < deadline:
            for number in self._acknowledged(list(self._pending)):
                del self._pending[number]
            if self._pending:
                time.sleep(self._pause)
        self.lost += self._pending.values()
        self._pending.clear()

    def _is_taken(self, answer: requests.Response, body: bytes) -> bool:
        """Whether Splunk has the events; not, if it is busy. Raises SplunkError if it refuses."""
        if answer.status_code in (429, 500, 502, 503, 504):
            return False
        said = _json(answer)
        if answer.status_code != 200:
            raise _refusal(self._to.url, answer.status_code, said)
        if isinstance(said.get("ackId"), int):
            self._pending[said["ackId"]] = body
            self._taken = said["ackId"] + 1
        return True

    def _arrived(self, deadline: float) -> bool:
        """Whether a request whose answer never came did arrive: waits for its acknowledgement."""
        while time.monotonic() < deadline:
            try:
                answer = self._ack([self._taken])
            except SplunkError:
                return False
            if answer is None:
                return False
            if answer.get(str(self._taken)):
                self._taken += 1
                return True
            time.sleep(self._pause)
        return False

    def _acknowledged(self, numbers: list[int]) -> list[int]:
        answer = self._ack(numbers) or {}
        return [number for number in numbers if answer.get(str(number))]

    def _ack(self, numbers: list[int]) -> dict[str, Any] | None:
        """Splunk's answer: {id: whether}. None where the token wants no acknowledgements."""
        try:
            answer = self._post("/services/collector/ack", None, {"acks": numbers})
        except (_UnsureError, AwayError):
            return {}
        acks = _json(answer).get("acks")
        return acks if isinstance(acks, dict) else ({} if answer.status_code >= 500 else None)

    def _post(
        self, path: str, body: bytes | None, content: dict[str, Any] | None = None
    ) -> requests.Response:
        headers = {
            "Authorization": f"Splunk {self._to.token.reveal()}",
            "X-Splunk-Request-Channel": self._channel,
        }
        if body is not None:
            headers |= {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        try:
            return self._session.post(
                self._to.url + path,
                data=body,
                json=content,
                headers=headers,
                timeout=self._timeout,
                verify=self._to.check,
                allow_redirects=False,
            )
        except requests.exceptions.SSLError as error:
            raise of_connection(self._to.url, error) from None
        except requests.RequestException as error:
            reason = getattr(error.args[0], "reason", None) if error.args else None
            if isinstance(reason, NewConnectionError | ConnectTimeoutError):
                raise AwayError(str(of_connection(self._to.url, error))) from None
            raise _UnsureError from error


def _is_sure(answer: requests.Response) -> bool:
    """Whether Splunk itself says that it is busy and has not taken the events. A gateway may say
    so after Splunk took them, and so may Splunk after an error of its own."""
    return answer.status_code in (429, 503) and isinstance(_json(answer).get("code"), int)


def _wait_of(answer: requests.Response, default: float) -> float:
    text = answer.headers.get("Retry-After", "")
    return min(float(text), 30.0) if text.isascii() and text.isdigit() else default


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _refusal(url: str, status: int, said: dict[str, Any]) -> SplunkError:
    code, text = said.get("code"), str(said.get("text", ""))
    meaning = _CODES.get(code, "refused") if isinstance(code, int) else "refused"
    number = said.get("invalid-event-number")
    place = f", at event {number} of the batch" if number is not None else ""
    return SplunkError(f"{url}: {meaning}{place} (HTTP {status}: {text})", status)
