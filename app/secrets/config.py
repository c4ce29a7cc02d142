"""Where secrets are, as the environment says."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app import variables

_URL = re.compile(r"https://[A-Za-z0-9.-]+(?::\d{1,5})?/?\Z")


@dataclass(frozen=True)
class SecretsConfig:
    """Where secrets are. Without `vault_url` or `msticpyconfig`, these places are not used."""

    vault_url: str
    folder: Path
    seconds: int
    msticpyconfig: Path | None


def load(environment: Mapping[str, str] = os.environ) -> SecretsConfig:
    """What the environment says. Raises SettingsError."""
    return SecretsConfig(**variables.values("secrets", environment, vault_url=_vault_url))


def _vault_url(text: str) -> str:
    if text and not _URL.match(text):
        raise ValueError(f"is {text!r}: use the form https://NAME.vault.azure.net")
    return text.rstrip("/")
