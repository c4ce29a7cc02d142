"""One HTTPS request: bounded in time and size, with errors that tell no URL and no secret."""

import logging
import os
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import requests
import urllib3.connection
from requests import exceptions
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from app.enrichment.errors import UnavailableError

_MAX_BYTES = 16 * 1024 * 1024
_AT_ONCE = 65_536
_AGENT = "dsdl-hunt"

_sending: ContextVar[bool] = ContextVar("_sending", default=False)
_sessions = threading.local()


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """What is sent; `auth` is a name and a password. Its repr tells nothing."""

    method: str
    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    auth: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _NoNetrc(AuthBase):
    """Keeps requests from sending the passwords of a .netrc file."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class _Prompt(HTTPAdapter):
    """Sends without delay through proxies too, for which urllib3 leaves Nagle's algorithm on: it
    makes every POST wait for an acknowledgement."""

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        at_once = urllib3.connection.HTTPConnection.default_socket_options
        return super().proxy_manager_for(proxy, socket_options=at_once, **options)


def send(request: Request, until: float) -> Reply:
    """The reply to a request, by the time `until` of the monotonic clock.

    Proxies and certificate authorities are those of the environment (HTTPS_PROXY, NO_PROXY;
    REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE). Redirects are not followed: they would
    take the secrets with them. Raises UnavailableError.
    """
    timeout = max(until - time.monotonic(), 0.001)
    try:
        with _quiet(), _sent(request, timeout) as response:
            return Reply(response.status_code, response.headers, _body(response, until))
    except (exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise UnavailableError(_reason(error, timeout)) from None


def _sent(request: Request, timeout: float) -> requests.Response:
    return _session().request(
        request.method,
        request.url,
        params=request.query,
        headers=request.headers,
        data=request.form or None,
        json=request.json or None,
        auth=request.auth,
        timeout=timeout,
        allow_redirects=False,
        stream=True,
    )


def _session() -> requests.Session:
    """The session of this thread, which keeps its connections."""
    session: requests.Session | None = getattr(_sessions, "session", None)
    if session is None:
        session = requests.Session()
        session.mount("https://", _Prompt())
        session.auth = _NoNetrc()
        session.headers["User-Agent"] = _AGENT
        session.verify = os.environ.get("SSL_CERT_FILE") or True
        _sessions.session = session
        logging.getLogger("urllib3.connectionpool").addFilter(_is_not_ours)
    return session


def close() -> None:
    """Close the connections of this thread."""
    if session := getattr(_sessions, "session", None):
        session.close()
        del _sessions.session


def _is_not_ours(_: logging.LogRecord) -> bool:
    """urllib3 logs paths and queries, in which some providers want their keys."""
    return not _sending.get()


@contextmanager
def _quiet() -> Iterator[None]:
    token = _sending.set(True)
    try:
        yield
    finally:
        _sending.reset(token)


def _body(response: requests.Response, until: float) -> bytes:
    """The body, decoded. Read piece by piece, since a timeout of a socket starts anew with each
    byte that arrives."""
    body = bytearray()
    while piece := response.raw.read1(_AT_ONCE, decode_content=True):
        body += piece
        if len(body) > _MAX_BYTES:
            raise UnavailableError(f"the answer is larger than {_MAX_BYTES >> 20} MiB")
        if time.monotonic() > until:
            raise exceptions.ReadTimeout
    return bytes(body)


def _reason(error: BaseException, timeout: float) -> str:
    """Why a request failed: of an exception's text only what cannot hold a URL is used."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its TLS certificate is not trusted: {cause.verify_message}"
    for kinds, reason in _REASONS:
        if any(isinstance(cause, kinds) for cause in causes):
            return reason.format(timeout=timeout)
    if type(error) is OSError:  # what requests raises for a path that it cannot find
        return "the certificate authorities of REQUESTS_CA_BUNDLE cannot be read"
    return f"the request failed ({type(error).__name__})"


_REASONS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((exceptions.ProxyError, urllib3.exceptions.ProxyError), "the proxy did not connect"),
    ((urllib3.exceptions.NameResolutionError,), "its name cannot be resolved"),
    ((ConnectionRefusedError,), "it refused the connection"),
    ((urllib3.exceptions.NewConnectionError,), "it cannot be reached"),
    (
        (exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError),
        "no whole answer within {timeout:g} s",
    ),
    ((ssl.SSLError,), "TLS failed"),
    ((urllib3.exceptions.DecodeError,), "the answer is damaged"),
    (
        (exceptions.ConnectionError, urllib3.exceptions.ProtocolError, ConnectionError),
        "the connection was cut",
    ),
)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and those that it wraps, in whatever way."""
    pending, seen = [error], set()
    while pending:
        one = pending.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            pending += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
