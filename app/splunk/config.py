"""Where Splunk is, as variables say; and secrets: splunk_access_token, splunk_hec_token."""

import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app import secrets, variables
from app.secrets import MissingSecretError, Secret
from app.settings import folders
from app.splunk.errors import SplunkError
from app.variables import SettingsError

_PATHS = ("/event", "/services/collector")


@dataclass(frozen=True)
class _Values:
    """What the environment says; settings.yaml explains it."""

    access_enabled: bool
    access_host: str
    access_port: int
    hec_enabled: bool
    hec_url: str
    ca: Path | None
    verify: bool
    spool_mb: int


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
    values = _values(environment)
    host = host or (values.access_host if values.access_enabled else "")
    if not host:
        raise SplunkError(
            "no search head is set up: set splunk_access_enabled=1, splunk_access_host,"
            " splunk_access_port and splunk_access_token"
        )
    text = str(port or values.access_port)
    if not (text.isascii() and text.isdigit()):
        raise SplunkError(f"port is {text!r}: use a number")
    secret = _token(token, "splunk_access_token", environment)
    return Access(host, int(text), secret, values.verify, values.ca)


def collector(
    url: str | None = None,
    token: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Collector:
    """The collector that is given, or else the one of the environment. Raises SplunkError."""
    values = _values(environment)
    url = url or (values.hec_url if values.hec_enabled else "")
    if not url:
        raise SplunkError(
            "no HTTP Event Collector is set up: set splunk_hec_enabled=1, splunk_hec_url and"
            " splunk_hec_token"
        )
    secret = _token(token, "splunk_hec_token", environment)
    spool = folders(environment).srv / "app" / "spool"
    return Collector(bare(url), secret, values.verify, values.ca, spool, values.spool_mb)


def bare(url: str) -> str:
    """The URL of a collector without the paths that people leave in it."""
    url = url.strip().rstrip("/")
    for path in _PATHS:
        url = url.removesuffix(path)
    if not url.startswith(("https://", "http://")):
        raise SplunkError(f"splunk_hec_url is {url!r}: use https://HOST:PORT")
    return url


def _values(environment: Mapping[str, str]) -> _Values:
    def is_one(text: str) -> bool:
        return text == "1"

    try:
        return _Values(**variables.values("splunk", environment, is_one=is_one))
    except SettingsError as error:
        raise SplunkError(str(error)) from None


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
