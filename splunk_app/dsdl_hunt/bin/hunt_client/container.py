"""Talks to the container: HTTPS, one connection per thread, tries again where that may help."""

import http.client
import json
import random
import socket
import ssl
import threading
from contextlib import suppress
from typing import IO, Any, Optional, Union
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from hunt_client import HuntError, tls
from hunt_client.setup import Setup

Body = Union[bytes, IO[bytes], None]
_TRIES = 6
_FIRST_WAIT = 0.5  # seconds; twice as long each time
_AGAIN = (429, 502, 503, 504)
_HEAD = 1 << 16


class Container:
    """One container. Any thread may ask it."""

    def __init__(self, setup: Setup) -> None:
        parts = _address(setup.url)
        self._setup = setup
        self._address = parts
        self._trust = tls.Trust(setup.ca_path) if parts.scheme == "https" else None
        self._of_thread = threading.local()
        self._open: set[http.client.HTTPConnection] = set()
        self._closed = threading.Event()

    def models(self) -> list[dict[str, Any]]:
        """What the container's models take and give."""
        models: list[dict[str, Any]] = self._json("GET", "/v1/models")
        return models

    def status(self) -> list[dict[str, str]]:
        """How the container, and what its lookups use, are."""
        entries: list[dict[str, str]] = self._json("GET", "/v1/status")
        return entries

    def lookup(self, observables: list[str], options: dict[str, str]) -> str:
        """What there is to know about observables: CSV, a row each."""
        body = json.dumps({"observables": observables, "options": options}).encode()
        return _results(
            self._json("POST", "/v1/lookup", body, {"Content-Type": "application/json"})
        )

    def apply(self, path: str, rows: bytes) -> str:
        """The results (CSV) for gzipped rows."""
        return _results(self._json("POST", path, rows, _GZIPPED))

    def fit(self, path: str, rows: IO[bytes]) -> None:
        """Fit a model to gzipped rows. Raises HuntError if that fails."""
        head = self._ask("POST", path, rows, _GZIPPED, keep=_HEAD)
        if not head.startswith(b'{"status": "success"'):
            _results(_parsed(head, self._setup.url))

    def close(self) -> None:
        """End whatever is under way: the container cancels its jobs."""
        self._closed.set()
        for connection in list(self._open):
            _hang_up(connection)

    def _json(
        self, method: str, path: str, body: Body = None, headers: Optional[dict[str, str]] = None
    ) -> Any:
        return _parsed(self._ask(method, path, body, headers or {}), self._setup.url)

    def _ask(
        self,
        method: str,
        path: str,
        body: Body,
        headers: dict[str, str],
        keep: Optional[int] = None,
    ) -> bytes:
        """The text of the answer (its first `keep` bytes). Raises HuntError."""
        for attempt in range(1, _TRIES + 1):
            idle = getattr(self._of_thread, "connection", None)
            try:
                status, text = self._once(method, path, body, headers, keep)
            except ssl.SSLCertVerificationError as error:
                raise HuntError(self._untrusted(error)) from error
            except (OSError, http.client.HTTPException) as error:
                if isinstance(error, socket.timeout) and self._is_connected():
                    raise HuntError(self._silence()) from error
                self._drop()
                reason = str(error) or type(error).__name__
                if idle and not self._closed.is_set() and attempt < _TRIES:
                    continue  # the container hangs up on connections that are idle for seconds
            else:
                if status == 200:
                    return text
                reason = f"HTTP {status}"
                if status not in _AGAIN:
                    raise HuntError(self._refusal(status, text))
            if self._closed.is_set() or attempt == _TRIES:
                break
            self._closed.wait(_FIRST_WAIT * 2 ** (attempt - 1) * random.uniform(0.75, 1.25))  # noqa: S311 (only so that not all come back at once)
        raise HuntError(
            f"cannot reach the container at {self._setup.url}: {reason}, after {attempt} tries. "
            "Does it run, and can this machine connect to it? Its URL is on the setup page"
        )

    def _once(
        self, method: str, path: str, body: Body, headers: dict[str, str], keep: Optional[int]
    ) -> tuple[int, bytes]:
        size = len(body) if isinstance(body, bytes) else None
        if body is not None and size is None:
            size = body.seek(0, 2)
            body.seek(0)
        sized = {} if size is None else {"Content-Length": str(size)}
        connection = self._connection()
        token = {"Authorization": f"Bearer {self._setup.token}"}
        base = self._address.path.rstrip("/")
        connection.request(method, base + path, body, {**token, **headers, **sized})
        response = connection.getresponse()
        text = response.read(keep)
        while keep and response.read(_HEAD):
            pass
        return response.status, text

    def _connection(self) -> http.client.HTTPConnection:
        if self._closed.is_set():
            raise OSError("the search has ended")
        known: Optional[http.client.HTTPConnection] = getattr(self._of_thread, "connection", None)
        if known is None:
            known = self._new()
            self._of_thread.connection = known
            self._open.add(known)
        return known

    def _new(self) -> http.client.HTTPConnection:
        place = self._address.hostname or "", self._address.port
        if self._trust:
            return tls.Connection(*place, trust=self._trust, timeout=self._setup.timeout)
        return http.client.HTTPConnection(*place, timeout=self._setup.timeout)

    def _is_connected(self) -> bool:
        connection = getattr(self._of_thread, "connection", None)
        return connection is not None and connection.sock is not None

    def _silence(self) -> str:
        return (
            f"{self._setup.url} says nothing for {self._setup.timeout:.0f} seconds: raise timeout "
            "in dsdl_hunt.conf, or give it fewer events (| hunt: lower rows)"
        )

    def _drop(self) -> None:
        """A connection that failed is of no use any more."""
        connection = getattr(self._of_thread, "connection", None)
        if connection is not None:
            self._open.discard(connection)
            connection.close()
            self._of_thread.connection = None

    def _untrusted(self, error: ssl.SSLCertVerificationError) -> str:
        if "mismatch" in error.verify_message:
            remedy = "write the URL with a name or address that the certificate is for"
        elif "expired" in error.verify_message:
            remedy = "give the container a new one (API_SSL_CERT, or delete SRV_DIR/app/tls)"
        else:
            remedy = (
                "copy the container's certificate (SRV_DIR/app/tls/cert.pem) to this machine and "
                "give its path on the setup page"
            )
        told = f"is not to be trusted ({error.verify_message})"
        return f"the certificate of {self._setup.url} {told}: {remedy}"

    def _refusal(self, status: int, text: bytes) -> str:
        if status == 401:
            return (
                f"{self._setup.url} refuses the token: give the container's api_token on the "
                "setup page"
            )
        if status == 404:
            return f"{self._setup.url} has no /v1: is this the URL of a DSDL Hunt container?"
        told = text.decode("utf-8", "replace")[:500]
        hint = _HINTS.get(status, "")
        return f"{self._setup.url} answers {status}: {hint}{told}"


# What gateways say that stand before a container.
_HINTS = {
    403: "something on the way forbids the request; ",
    413: "the rows are too large for a gateway on the way: lower rows in dsdl_hunt.conf; ",
}
_GZIPPED = {"Content-Type": "text/csv", "Content-Encoding": "gzip"}


def model_path(
    model: str, command: str, fields: list[str], options: dict[str, str], name: str, separator: str
) -> str:
    """Path and query of a request to fit or to apply a model."""
    query = [("only_new", "true"), *(("field", field) for field in fields)]
    query += [("option", f"{key}={value}") for key, value in options.items()]
    query += [("model", name)] if name else []
    query += [("separator", separator)] if separator else []
    return f"/v1/models/{quote(model, safe='')}/{command}?{urlencode(query)}"


def _address(url: str) -> SplitResult:
    parts = urlsplit(url)
    try:
        known = parts.scheme in ("https", "http") and parts.hostname and parts.port != 0
        known = known and url.isprintable() and " " not in url
    except ValueError:  # the port is no number
        known = False
    if not known:
        raise HuntError(
            f"the container's URL is {url!r}: write https://host:port on the setup page"
        )
    return parts


def _parsed(text: bytes, url: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise HuntError(f"{url} answers no JSON: {text[:200]!r}") from None


def _results(answer: dict[str, Any]) -> str:
    """Raises HuntError with what the container says."""
    if answer.get("status") != "success":
        raise HuntError(str(answer.get("message") or answer)[:2000])
    return str(answer["results"])


def _hang_up(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)
