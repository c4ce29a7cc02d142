"""How lookups are done, as the environment says."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app import variables
from app.enrichment.observables import Internal, internal

TEAM_CYMRU = ("whois.cymru.com", 43)


@dataclass(frozen=True)
class EnrichmentSettings:
    """How lookups are done; what each field means is in settings.yaml."""

    providers: tuple[str, ...]
    provider_folder: Path | None
    seconds: int
    lookups: int
    background_seconds: int
    hit_seconds: int
    miss_seconds: int
    error_seconds: int
    redis: str
    internal: Internal
    send_query: bool
    feeds: Path | None
    geo: Path | None
    whois: tuple[str, int] | None
    rdap: bool
    whois_seconds: int


def load(environment: Mapping[str, str] = os.environ) -> EnrichmentSettings:
    """The settings of this environment. Raises SettingsError at the first that cannot be used."""
    return EnrichmentSettings(
        **variables.values("lookups", environment, names=_names, server=_server, internal=_internal)
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in text.split(",") if name.strip())


def _server(text: str) -> tuple[str, int] | None:
    """Off, on (Team Cymru), or HOST:PORT of a server that speaks as it does."""
    host, _, port = text.rpartition(":")
    if host and port.isascii() and port.isdigit() and 0 < int(port) < 65_536:
        return host, int(port)
    return TEAM_CYMRU if variables.yes_or_no(text) else None


def _internal(text: str) -> Internal:
    try:
        return internal(text)
    except ValueError as error:
        raise ValueError(f"cannot be used: {error}") from None
