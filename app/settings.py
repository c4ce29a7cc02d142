"""The settings of the service, as the environment says. settings.yaml has all variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app import variables
from app.secrets import MissingSecretError, Secret, Secrets
from app.variables import SettingsError

__all__ = ["Folders", "Settings", "SettingsError", "folders", "load"]


@dataclass(frozen=True)
class Settings:
    """What the environment says; what each field means is in settings.yaml."""

    api_token: Secret
    api_workers: int
    host: str
    port: int
    srv_dir: Path
    https: bool
    certificate: Path | None
    key: Path | None
    max_job_seconds: int
    max_job_memory_mb: int
    max_body_mb: int
    signatures: Path | None
    public_graphics: bool
    link_seconds: int
    develops: bool

    @property
    def folders(self) -> "Folders":
        return Folders(self.srv_dir)


@dataclass(frozen=True)
class Folders:
    """The places below SRV_DIR that DSDL and its notebooks know."""

    srv: Path

    @property
    def notebooks(self) -> Path:
        return self.srv / "notebooks"

    @property
    def staged(self) -> Path:
        return self.srv / "notebooks" / "data"

    @property
    def logs(self) -> Path:
        return self.srv / "notebooks" / "logs"

    @property
    def modules(self) -> Path:
        return self.srv / "app" / "model"

    @property
    def models(self) -> Path:
        return self.srv / "app" / "model" / "data"

    @property
    def graphics(self) -> Path:
        return self.srv / "app" / "graphics"

    @property
    def lookups(self) -> Path:
        return self.srv / "app" / "lookups"

    @property
    def tls(self) -> Path:
        return self.srv / "app" / "tls"


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this environment. Raises SettingsError at the first that cannot be used."""

    def token(_: str) -> Secret:
        return _token(environment)

    settings = Settings(**variables.values("service", environment, token=token, mode=_mode))
    if bool(settings.certificate) != bool(settings.key):
        raise SettingsError("API_SSL_CERT and API_SSL_KEY belong together: set both or neither")
    return settings


def folders(environment: Mapping[str, str] = os.environ) -> Folders:
    """The folders, for code that also runs without the service, as in a notebook."""
    return Folders(Path(environment.get("SRV_DIR") or "/srv").absolute())


def model_data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where models are saved."""
    return folders(environment).models


def signatures_folder(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Where a user's own signatures are, if there are any: for code without the service, too."""
    return Path(environment["HUNT_SIGNATURES"]) if environment.get("HUNT_SIGNATURES") else None


def _token(environment: Mapping[str, str]) -> Secret:
    """A token that fits into one header, unchanged by any client."""
    try:
        token = Secrets(environment).get("api_token")
    except MissingSecretError as error:
        raise ValueError(f"must be a long random text: {error.why}") from None
    text = token.reveal()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("has characters other than printable ASCII without spaces")
    return token


def _mode(text: str) -> bool:
    """Whether it is DEV, not PROD."""
    if text.upper() not in ("DEV", "PROD"):
        raise ValueError(f"is {text!r}: use DEV or PROD")
    return text.upper() == "DEV"
