"""Every environment variable that says where secrets are: its default and meaning."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.secrets.errors import SecretsConfigError

_URL = re.compile(r"https://[A-Za-z0-9.-]+(?::\d{1,5})?/?\Z")
_LONGEST = 86_400

VARIABLES = {
    "HUNT_KEYVAULT_URL": "URL of an Azure Key Vault, as `https://NAME.vault.azure.net`.",
    "HUNT_SECRETS_DIR": "Folder of files that hold a secret each. Default: `/run/secrets`.",
    "HUNT_SECRETS_SECONDS": "Seconds until a secret of a Key Vault is fetched anew. Default: 600.",
    "MSTICPYCONFIG": "Path of a msticpyconfig.yaml whose keys are to be used.",
}


@dataclass(frozen=True)
class SecretsConfig:
    """Where secrets are. Without `vault_url` or `msticpyconfig`, these places are not used."""

    vault_url: str = ""
    folder: Path = Path("/run/secrets")
    seconds: int = 600
    msticpyconfig: Path | None = None


def load(environment: Mapping[str, str] = os.environ) -> SecretsConfig:
    """What the environment says; an empty variable is one that is not set.

    Raises SecretsConfigError.
    """
    given = {name: environment.get(name, "") for name in VARIABLES}
    return SecretsConfig(
        vault_url=_vault_url(given["HUNT_KEYVAULT_URL"]),
        folder=Path(given["HUNT_SECRETS_DIR"] or SecretsConfig.folder),
        seconds=_seconds(given["HUNT_SECRETS_SECONDS"] or str(SecretsConfig.seconds)),
        msticpyconfig=_file(given["MSTICPYCONFIG"]),
    )


def as_markdown() -> str:
    """The table of variables for the README."""
    rows = ["| Variable | Meaning |", "| --- | --- |"]
    rows += [f"| `{name}` | {meaning} |" for name, meaning in VARIABLES.items()]
    return "\n".join(rows)


def _vault_url(text: str) -> str:
    if text and not _URL.match(text):
        raise SecretsConfigError(
            f"HUNT_KEYVAULT_URL is {text!r}: use the form https://NAME.vault.azure.net"
        )
    return text.rstrip("/")


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _LONGEST):
        raise SecretsConfigError(
            f"HUNT_SECRETS_SECONDS is {text!r}: use a whole number from 1 to {_LONGEST}"
        )
    return int(text)


def _file(text: str) -> Path | None:
    if not text:
        return None
    path = Path(text).expanduser()
    if not path.is_file():
        raise SecretsConfigError(f"MSTICPYCONFIG is {text!r}: there is no such file")
    return path
