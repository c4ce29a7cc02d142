"""Every environment variable of the lookups: its name, default and meaning."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from app.enrichment.observables import Internal, internal
from app.variables import SettingsError, found, whole, yes_or_no

_WEEK = 7 * 86_400
TEAM_CYMRU = ("whois.cymru.com", 43)


@dataclass(frozen=True)
class _Variable:
    name: str
    read: Callable[[str], Any]
    meaning: str


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in text.split(",") if name.strip())


def _server(text: str) -> tuple[str, int] | None:
    """Off, on (Team Cymru), or HOST:PORT of a server that speaks as it does."""
    host, _, port = text.rpartition(":")
    if host and port.isascii() and port.isdigit() and 0 < int(port) < 65_536:
        return host, int(port)
    return TEAM_CYMRU if yes_or_no(text) else None


def _internal(text: str) -> Internal:
    try:
        return internal(text)
    except ValueError as error:
        raise ValueError(f"cannot be used: {error}") from None


@dataclass(frozen=True)
class EnrichmentSettings:
    """How lookups are done. An empty variable counts as one that is not set."""

    providers: Annotated[
        tuple[str, ...],
        _Variable(
            "HUNT_TI_PROVIDERS",
            _names,
            "Providers to ask, separated by commas. Default: those whose secrets are all there.",
        ),
    ] = ()
    provider_folder: Annotated[
        Path | None,
        _Variable(
            "HUNT_TI_PROVIDER_FOLDER",
            found,
            "Folder of your own providers (NAME.yaml); they replace shipped ones of their name.",
        ),
    ] = None
    seconds: Annotated[
        int,
        _Variable("HUNT_TI_SECONDS", whole(1, 3600), "Longest time that a search waits."),
    ] = 20
    lookups: Annotated[
        int,
        _Variable("HUNT_TI_LOOKUPS", whole(0, 1_000_000), "Most lookups that a search begins."),
    ] = 5000
    background_seconds: Annotated[
        int,
        _Variable(
            "HUNT_TI_BACKGROUND_SECONDS",
            whole(0, 3600),
            "How long lookups go on after the time of their search, for the next one.",
        ),
    ] = 120
    hit_seconds: Annotated[
        int, _Variable("HUNT_TI_CACHE_HITS", whole(1, _WEEK), "Seconds that a verdict is kept.")
    ] = 86_400
    miss_seconds: Annotated[
        int,
        _Variable(
            "HUNT_TI_CACHE_MISSES",
            whole(1, _WEEK),
            "Seconds that it is kept that a provider does not know an observable.",
        ),
    ] = 21_600
    error_seconds: Annotated[
        int,
        _Variable(
            "HUNT_TI_CACHE_ERRORS",
            whole(1, _WEEK),
            "Seconds after a failure until the same is asked again.",
        ),
    ] = 300
    redis: Annotated[
        str,
        _Variable(
            "HUNT_TI_CACHE_REDIS",
            str,
            "Name of the secret that holds the Redis URL of a cache that replicas share."
            " Default: a file in the data volume.",
        ),
    ] = ""
    internal: Annotated[
        Internal,
        _Variable(
            "HUNT_INTERNAL",
            _internal,
            "Your own networks and domains, separated by commas: nobody is asked about them.",
        ),
    ] = Internal()  # noqa: RUF009 (frozen)
    send_query: Annotated[
        bool,
        _Variable(
            "HUNT_TI_SEND_QUERY",
            yes_or_no,
            "Send URLs with their query strings, which may hold secrets.",
        ),
    ] = False
    feeds: Annotated[
        Path | None,
        _Variable(
            "HUNT_FEEDS", found, "Folder of threat feeds. Default: SRV_DIR/feeds if it is there."
        ),
    ] = None
    geo: Annotated[
        Path | None,
        _Variable(
            "HUNT_GEO",
            found,
            "Folder of address databases (*.mmdb). Default: that of the msticpyconfig.yaml, or"
            " SRV_DIR/geo if it is there.",
        ),
    ] = None
    whois: Annotated[
        tuple[str, int] | None,
        _Variable(
            "HUNT_WHOIS",
            _server,
            "Ask Team Cymru's whois for the networks of public addresses that no database knows:"
            " `true`, or HOST:PORT of another such server. Default: nobody is asked.",
        ),
    ] = None
    rdap: Annotated[
        bool,
        _Variable("HUNT_RDAP", yes_or_no, "Ask the registries (RDAP) where whois does not know."),
    ] = False
    whois_seconds: Annotated[
        int,
        _Variable(
            "HUNT_WHOIS_SECONDS", whole(1, 3600), "Longest time that a search waits for them."
        ),
    ] = 10


def load(environment: Mapping[str, str] = os.environ) -> EnrichmentSettings:
    """The settings of this environment. Raises SettingsError at the first that cannot be used."""
    given: dict[str, Any] = {}
    for entry, variable in _variables():
        if text := environment.get(variable.name):
            try:
                given[entry] = variable.read(text)
            except ValueError as error:
                raise SettingsError(f"{variable.name} {error}") from None
    return EnrichmentSettings(**given)


def as_markdown() -> str:
    """The table of variables for the README."""
    defaults = {entry.name: entry.default for entry in fields(EnrichmentSettings)}
    rows = ["| Variable | Default | Meaning |", "| --- | --- | --- |"]
    for entry, variable in _variables():
        rows.append(f"| `{variable.name}` | {_shown(defaults[entry])} | {variable.meaning} |")
    return "\n".join(rows)


def _variables() -> Iterator[tuple[str, _Variable]]:
    for entry, hint in get_type_hints(EnrichmentSettings, include_extras=True).items():
        yield entry, hint.__metadata__[0]


def _shown(default: object) -> str:
    return f"`{str(default).lower()}`" if isinstance(default, int) else ""
