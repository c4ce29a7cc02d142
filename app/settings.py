"""Every environment variable that the service reads: its name, type, default and meaning.

`Settings` is the table; the README shows the same one (`as_markdown`).
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from app.secrets import MissingSecretError, Secret, Secrets, SecretsConfigError
from app.variables import SettingsError, file, folder, found, mode, whole, yes_or_no

__all__ = ["Folders", "Settings", "SettingsError", "as_markdown", "folders", "load"]


def _token(text: str) -> Secret:
    """A token that fits into one header, unchanged by any client."""
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("has characters other than printable ASCII without spaces")
    return Secret(text)


def _env(
    name: str, default: str | None, meaning: str, read: Callable[[str], Any] = str
) -> dict[str, Any]:
    return {"name": name, "default": default, "meaning": meaning, "read": read}


@dataclass(frozen=True)
class Settings:
    """What the environment says. An empty variable counts as one that is not set."""

    api_token: Secret = field(
        metadata=_env("api_token", None, "Token that every request must carry. Required.", _token)
    )
    api_workers: int = field(
        metadata=_env("api_workers", "1", "Searches that run at the same time.", whole(1, 64))
    )
    host: str = field(
        metadata=_env("HOST", "0.0.0.0", "Address to listen on.")  # noqa: S104 (a container)
    )
    port: int = field(
        metadata=_env("PORT", "5000", "Port to listen on; 0 takes a free one.", whole(0, 65_535))
    )
    srv_dir: Path = field(
        metadata=_env("SRV_DIR", "/srv", "Folder of notebooks, modules and saved models.", folder)
    )
    https: bool = field(
        metadata=_env("ENABLE_HTTPS", "true", "Serve HTTPS; `false`: plain HTTP.", yes_or_no)
    )
    certificate: Path | None = field(
        metadata=_env(
            "API_SSL_CERT", "", "Certificate (PEM file). Default: made at the first start.", file
        )
    )
    key: Path | None = field(
        metadata=_env(
            "API_SSL_KEY", "", "Private key of API_SSL_CERT (PEM file, no passphrase).", file
        )
    )
    max_job_seconds: int = field(
        metadata=_env(
            "MAX_JOB_SECONDS",
            "3600",
            "Longest time of a search, whatever its `max_fit_time` or `max_score_time` says.",
            whole(1, 86_400),
        )
    )
    max_job_memory_mb: int = field(
        metadata=_env(
            "MAX_JOB_MEMORY_MB",
            "8000",
            "Most memory (MiB) of a search, whatever its `max_memory_usage_mb` says.",
            whole(64, 1_048_576),
        )
    )
    max_body_mb: int = field(
        metadata=_env("MAX_BODY_MB", "1024", "Largest request body (MiB).", whole(1, 65_536))
    )
    signatures: Path | None = field(
        metadata=_env(
            "HUNT_SIGNATURES", "", "Folder of your own signatures, see docs/signatures.md.", found
        )
    )

    public_graphics: bool = field(
        metadata=_env(
            "GRAPHICS_PUBLIC",
            "false",
            "`true`: everyone may see the pictures; else the token or a signed link is needed.",
            yes_or_no,
        )
    )
    link_seconds: int = field(
        metadata=_env(
            "GRAPHICS_LINK_SECONDS",
            "604800",
            "How long the link to a picture is valid.",
            whole(60, 31_536_000),
        )
    )
    develops: bool = field(
        metadata=_env(
            "MODE_DEV_PROD",
            "PROD",
            "`DEV`: JupyterLab beside the service (docs/deployment.md); `PROD`: the service only.",
            mode,
        )
    )

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
    settings = Settings(**{entry.name: _value(entry.metadata, environment) for entry in _TABLE})
    if bool(settings.certificate) != bool(settings.key):
        raise SettingsError("API_SSL_CERT and API_SSL_KEY belong together: set both or neither")
    return settings


def folders(environment: Mapping[str, str] = os.environ) -> Folders:
    """The folders, for code that also runs without the service, as in a notebook."""
    return Folders(folder(environment.get("SRV_DIR") or "/srv"))


def model_data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where models are saved."""
    return folders(environment).models


def signatures_folder(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Where a user's own signatures are, if there are any: for code without the service, too."""
    return Path(environment["HUNT_SIGNATURES"]) if environment.get("HUNT_SIGNATURES") else None


def as_markdown() -> str:
    """The table of settings for the README."""
    rows = ["| Variable | Default | Meaning |", "| --- | --- | --- |"]
    for entry in _TABLE:
        default = entry.metadata["default"]
        shown = f"`{default}`" if default else ""
        rows.append(f"| `{entry.metadata['name']}` | {shown} | {entry.metadata['meaning']} |")
    return "\n".join(rows)


def _value(entry: Mapping[str, Any], environment: Mapping[str, str]) -> Any:
    text = environment.get(entry["name"]) or entry["default"]
    if entry["default"] is None:
        text = _secret(entry["name"], environment)
    try:
        return entry["read"](text)
    except ValueError as error:
        raise SettingsError(f"{entry['name']} {error}") from None


def _secret(name: str, environment: Mapping[str, str]) -> str:
    try:
        return Secrets(environment).get(name).reveal()
    except MissingSecretError as error:
        raise SettingsError(f"{name} must be a long random text: {error.why}") from error
    except SecretsConfigError as error:
        raise SettingsError(str(error)) from error


_TABLE = fields(Settings)
