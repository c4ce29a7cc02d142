"""What this installation can ask, as its environment says: feeds, databases, providers, whois.

A worker calls `warm` before it forks: feeds and databases are then open in every job. Files of
SQLite and connections are opened by each process for itself, when it first needs one.
"""

import logging
import os
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app import secrets, settings
from app.enrichment import catalogue, config
from app.enrichment.cache import Cache, Lifetimes
from app.enrichment.config import EnrichmentSettings
from app.enrichment.feeds import Feeds
from app.enrichment.geo import Geo
from app.enrichment.ip_context import IpSources
from app.enrichment.provider import Provider
from app.enrichment.rdap import Rdap
from app.enrichment.store import Store, StoreError, open_store
from app.variables import SettingsError

LOCAL = "local"
_LOOK_SECONDS = 30
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sources:
    """What is configured. None: there is no such folder."""

    settings: EnrichmentSettings
    feeds: Feeds | None
    geo: Geo | None
    providers: dict[str, Provider]

    def store(self) -> Store:
        """What searches remember together. Raises StoreError."""
        return _store(settings.folders().lookups, self.settings.redis)

    def cache(self) -> Cache:
        """The answers of providers that are kept. Raises StoreError."""
        ours = self.settings
        return Cache(
            self.store(), Lifetimes(ours.hit_seconds, ours.miss_seconds, ours.error_seconds)
        )


@dataclass(frozen=True)
class Choice:
    """Whom a search asks about observables."""

    feeds: Feeds | None = None
    providers: tuple[Provider, ...] = ()

    def names(self) -> list[str]:
        """The sources that may answer, each with a name of its own."""
        names = [state.name for state in self.feeds.states()] if self.feeds else []
        return list(dict.fromkeys([*names, *(one.name for one in self.providers)]))


@cache
def sources() -> Sources:
    """What this process can ask. Raises SettingsError."""
    ours = config.load()
    folders = settings.folders()
    feeds = ours.feeds or _existing(folders.srv / "feeds")
    geo = ours.geo or _existing(secrets.default().msticpy.geoip_folder or folders.srv / "geo")
    return Sources(
        settings=ours,
        feeds=Feeds(feeds, folders.lookups / "feeds") if feeds else None,
        geo=Geo(geo) if geo else None,
        providers=catalogue.load(ours.provider_folder),
    )


def warm() -> None:
    """Open what feeds and databases there are: cheap where nothing changed. Starts no thread,
    opens no connection."""
    ours = sources()
    if ours.feeds:
        ours.feeds.states()
    if ours.geo:
        ours.geo.prepare()


def keep_indexed() -> None:
    """Index feeds whenever they change, as long as the process lives: searches end too soon."""
    while feeds := sources().feeds:
        try:
            feeds.prepare()
        except OSError as error:
            _log.warning("feeds cannot be indexed: %s", error)
        time.sleep(_LOOK_SECONDS)


def choose(text: str, ours: Sources) -> Choice:
    """Whom `ti=text` means: `local` the feeds, `all` these and every provider that has its
    secrets, `off` nobody, or names, separated by commas. "" means whatever is configured.

    Raises ValueError for a name that there is not, and for feeds where there are none.
    """
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    if names == ["off"]:
        return Choice()
    if not names:
        return Choice(ours.feeds, tuple(_usual(ours)))
    if names == ["all"]:
        every = [*_usual(ours), *catalogue.choose(ours.providers, (), _has)]
        return Choice(ours.feeds, tuple({one.name: one for one in every}.values()))
    if unknown := [name for name in names if name not in (LOCAL, *ours.providers)]:
        raise ValueError(
            f"ti={text!r}: there is no provider {unknown[0]!r}; use off, local, all, or some of:"
            f" {', '.join(sorted(ours.providers))}"
        )
    if LOCAL in names and ours.feeds is None:
        raise ValueError("ti=local, but there are no feeds: put them into the folder HUNT_FEEDS")
    wanted = [ours.providers[name] for name in dict.fromkeys(names) if name != LOCAL]
    return Choice(ours.feeds if LOCAL in names else None, tuple(wanted))


def whois(on: bool | None, ours: Sources) -> IpSources:
    """Whom `whois=on|off` means; None: whatever is configured. Raises ValueError if it is to be
    on and nothing is configured."""
    if on is False:
        return IpSources()
    configured = ours.settings.whois or ours.settings.rdap
    if on and not (ours.geo or configured):
        raise ValueError(
            "whois=on, but nothing is set up: put databases (*.mmdb) into the folder HUNT_GEO,"
            " or set HUNT_WHOIS=true"
        )
    return IpSources(
        geo=ours.geo,
        cymru=ours.settings.whois,
        rdap=Rdap() if ours.settings.rdap else None,
        store=_usable(ours) if configured else None,
        internal=ours.settings.internal,
        seconds=ours.settings.whois_seconds,
    )


def _usual(ours: Sources) -> list[Provider]:
    """The providers that are asked by default."""
    primary = secrets.default().msticpy.primary
    wanted = ours.settings.providers or tuple(name for name, is_it in primary.items() if is_it)
    left = {name for name, is_it in primary.items() if not is_it and not ours.settings.providers}
    try:
        chosen = catalogue.choose(ours.providers, wanted, _has)
    except ValueError as error:
        raise SettingsError(f"HUNT_TI_PROVIDERS: {error}") from None
    return [one for one in chosen if one.name not in left]


def _has(name: str) -> bool:
    return secrets.default().has(name)


def _existing(folder: Path) -> Path | None:
    return folder if folder.is_dir() else None


def _usable(ours: Sources) -> Store | None:
    try:
        return ours.store()
    except StoreError:
        return None  # whois is then asked anew each time


@cache
def _store(folder: Path, redis: str) -> Store:
    try:
        return open_store(folder, secrets.default().get(redis).reveal() if redis else "")
    except secrets.MissingSecretError as error:
        raise StoreError(str(error)) from None


os.register_at_fork(after_in_child=_store.cache_clear)
