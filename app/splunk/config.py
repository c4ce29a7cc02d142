"""Where Splunk is: the variables that DSDL sets in its containers, and a few of our own.

| variable or secret | meaning |
| --- | --- |
| splunk_access_enabled, _host, _port | `1`, and Splunk's management port: searching |
| splunk_access_token (secret) | an authentication token (Settings > Tokens) |
| splunk_hec_enabled, _url | `1`, and the HTTP Event Collector: sending |
| splunk_hec_token (secret) | the token of a collector |
| HUNT_SPLUNK_CA | PEM file of the CA that signed Splunk's certificates |
| HUNT_SPLUNK_VERIFY | `false` checks no certificates. Default: `true` |
| HUNT_SPOOL_MB | most that waits on disk while Splunk is away. Default: 256 |
"""

import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app import secrets
from app.secrets import MissingSecretError, Secret
from app.settings import folders
from app.splunk.errors import SplunkError

_PATHS = ("/event", "/services/collector")


@dataclass(frozen=True)
class Access:
    """A search head: its management port and a token."""

    host: str
    port: int
    token: Secret
    verify: bool = True
    ca: Path | None = None

    def trust(self) -> ssl.SSLContext | None:
        """What to check certificates with; None for no check."""
        ca = str(self.ca) if self.ca else None
        return ssl.create_default_context(cafile=ca) if self.verify else None


@dataclass(frozen=True)
class Collector:
    """An HTTP Event Collector. `url` has no path."""

    url: str
    token: Secret
    verify: bool = True
    ca: Path | None = None
    spool: Path | None = None
    spool_mb: int = 256

    @property
    def check(self) -> bool | str:
        """What requests calls verify."""
        return str(self.ca) if self.verify and self.ca else self.verify


def access(
    host: str | None = None,
    port: str | int | None = None,
    token: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Access:
    """The search head that is given, or else the one of the environment. Raises SplunkError."""
    known = environment.get("splunk_access_enabled") == "1"
    host = host or (environment.get("splunk_access_host") if known else None)
    if not host:
        raise SplunkError(
            "no search head is set up: set splunk_access_enabled=1, splunk_access_host,"
            " splunk_access_port and splunk_access_token"
        )
    text = str(port or environment.get("splunk_access_port") or 8089)
    if not (text.isascii() and text.isdigit()):
        raise SplunkError(f"splunk_access_port is {text!r}: use a number")
    secret = _token(token, "splunk_access_token", environment)
    return Access(host, int(text), secret, *_checks(environment))


def collector(
    url: str | None = None,
    token: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Collector:
    """The collector that is given, or else the one of the environment. Raises SplunkError."""
    known = environment.get("splunk_hec_enabled") == "1"
    url = url or (environment.get("splunk_hec_url") if known else None)
    if not url:
        raise SplunkError(
            "no HTTP Event Collector is set up: set splunk_hec_enabled=1, splunk_hec_url and"
            " splunk_hec_token"
        )
    megabytes = environment.get("HUNT_SPOOL_MB") or "256"
    if not (megabytes.isascii() and megabytes.isdigit()):
        raise SplunkError(f"HUNT_SPOOL_MB is {megabytes!r}: use a whole number")
    secret = _token(token, "splunk_hec_token", environment)
    spool = folders(environment).srv / "app" / "spool"
    return Collector(bare(url), secret, *_checks(environment), spool, int(megabytes))


def bare(url: str) -> str:
    """The URL of a collector without the paths that people leave in it."""
    url = url.strip().rstrip("/")
    for path in _PATHS:
        url = url.removesuffix(path)
    if not url.startswith(("https://", "http://")):
        raise SplunkError(f"splunk_hec_url is {url!r}: use https://HOST:PORT")
    return url


def _token(given: str | None, name: str, environment: Mapping[str, str]) -> Secret:
    if given:
        return Secret(given)
    try:
        return _store(environment)(name)
    except MissingSecretError as error:
        raise SplunkError(str(error)) from None


def _store(environment: Mapping[str, str]) -> Callable[[str], Secret]:
    if environment is os.environ:
        return secrets.default().get
    return secrets.Secrets(environment).get


def _checks(environment: Mapping[str, str]) -> tuple[bool, Path | None]:
    verify = (environment.get("HUNT_SPLUNK_VERIFY") or "true").lower()
    if verify not in ("true", "false"):
        raise SplunkError(f"HUNT_SPLUNK_VERIFY is {verify!r}: use true or false")
    ca = environment.get("HUNT_SPLUNK_CA")
    if ca and not Path(ca).is_file():
        raise SplunkError(f"HUNT_SPLUNK_CA is {ca!r}: there is no such file")
    return verify == "true", Path(ca) if ca else None
