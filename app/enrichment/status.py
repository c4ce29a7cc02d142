"""Whether providers, feeds and databases can be used, for a person who sets them up."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from requests.utils import get_environ_proxies, select_proxy

from app import secrets
from app.enrichment import sources
from app.enrichment.provider import Provider
from app.enrichment.sources import Sources
from app.enrichment.store import StoreError
from app.enrichment.usage import usage

_SECONDS = 3.0  # for a connection
_HEAD = ("provider", "configured", "reachable", "requests left", "cached", "remarks")


@dataclass(frozen=True)
class Entry:
    """One thing that lookups use. `state`: ok, off, warning or error; `left`: requests that a
    provider answers today, `cached`: the share of answers that the cache had; "-" for neither."""

    part: str
    name: str
    state: str
    left: str = "-"
    cached: str = "-"
    remarks: str = ""


def entries(ours: Sources) -> list[Entry]:
    """What `report` tells, one by one, for a dashboard."""
    reached = _reached(ours)
    providers = [_provider(one, ours, reached.get(one.name)) for one in ours.providers.values()]
    wrong = [Entry("secrets", "", "error", remarks=why) for why in _wrong(ours)]
    return [*map(_entry, providers), *_feeds(ours), *_databases(ours), *wrong]


def _entry(row: tuple[str, ...]) -> Entry:
    """A provider's row of the table."""
    name, configured, reachable, left, cached, remarks = row
    state = "error" if reachable == "no" else "warning" if remarks else "ok"
    if configured.startswith("no"):
        state, remarks = "off", remarks or f"needs {configured.removeprefix('no: ')}"
    return Entry("provider", name, state, left, cached, remarks)


def report(ours: Sources) -> tuple[bool, list[str]]:
    """Whether all that is configured works, and the lines that tell it.

    Connects to the providers that are asked by default, and sends them nothing.
    """
    reached = _reached(ours)
    rows = [_provider(one, ours, reached.get(one.name)) for one in ours.providers.values()]
    feeds, databases = list(_feeds(ours)), list(_databases(ours))
    wrong = _wrong(ours)
    states = {entry.state for entry in [*feeds, *databases]}
    works = not (wrong or any(reached.values()) or "error" in states)
    server = ours.settings.whois
    whois = f"{server[0]}:{server[1]}" if server else "off"
    rdap = "on" if ours.settings.rdap else "off"
    return works, [
        *_table([_HEAD, *rows]),
        "",
        *map(_line, [*feeds, *databases]),
        f"whois: {whois}; RDAP: {rdap}",
        *wrong,
    ]


def _line(entry: Entry) -> str:
    if entry.state == "off":
        return f"{entry.name}: off"
    return (
        f"{entry.part} {entry.name}: {entry.remarks}" if entry.name else f"database {entry.remarks}"
    )


def _reached(ours: Sources) -> dict[str, str | None]:
    """Why each provider that is asked by default cannot be reached; "" for one that can."""
    usual = [one.name for one in sources.choose("", ours).providers]
    with ThreadPoolExecutor(16) as pool:
        found = pool.map(_reach, [ours.providers[name] for name in usual])
        return dict(zip(usual, found, strict=True))


def _provider(one: Provider, ours: Sources, trouble: str | None) -> tuple[str, ...]:
    """A row of the table. `trouble`: why it cannot be reached, "" if it can, None: not tried."""
    remarks = [trouble or ""]
    left = cached = "-"
    try:
        used = usage(one, ours.store())
        left = "no quota" if used.left is None else str(used.left)
        cached = "-" if used.cached is None else f"{used.cached:.0%}"
        remarks.append(used.paused)
    except StoreError as error:
        remarks.append(str(error))
    missing = [name for name in one.secrets if not secrets.default().has(name)]
    if one.unusable:
        return one.name, "no", "-", "-", "-", one.unusable
    configured = f"no: {', '.join(missing)}" if missing else "yes" if one.secrets else "by name"
    reachable = "-" if trouble is None else "no" if trouble else "yes"
    return one.name, configured, reachable, left, cached, "; ".join(filter(None, remarks))


def _wrong(ours: Sources) -> list[str]:
    """Why secrets that are somewhere cannot be had, and what else is wrong in a
    msticpyconfig.yaml: a line for each reason."""
    names = dict.fromkeys(name for one in ours.providers.values() for name in one.secrets)
    reasons: dict[str, list[str]] = {}
    for each in secrets.default().missing(names):
        if each.state == "unavailable":
            reasons.setdefault(each.why, []).append(each.name)
    mistakes = map(str, secrets.default().msticpy.mistakes)
    return [
        *(f"secret {', '.join(names)}: {why}" for why, names in reasons.items()),
        *(mistake for mistake in mistakes if mistake not in reasons),
    ]


def _reach(one: Provider) -> str | None:
    """Why no connection to a provider, or to the proxy on the way, can be made; "" if it can;
    None if its address is not known without a secret."""
    if not (urls := _urls(one)):
        return None
    for url in urls:
        proxy = select_proxy(url, get_environ_proxies(url))
        parts = urlsplit(proxy or url)
        try:
            port = parts.port or (443 if parts.scheme == "https" else 80)
            socket.create_connection((parts.hostname or "", port), _SECONDS).close()
        except (OSError, ValueError) as error:
            return f"{'the proxy ' if proxy else ''}{parts.hostname}: {error}"
    return ""


def _urls(one: Provider) -> list[str]:
    """One URL for each host that a provider has; those that a secret names are not told."""
    urls = {urlsplit(lookup.url).netloc: lookup.url for lookup in one.lookups}
    return [url for host, url in urls.items() if host and "{" not in host]


def _feeds(ours: Sources) -> Iterator[Entry]:
    if not ours.feeds:
        yield Entry("feed", "feeds", "off")
        return
    ours.feeds.prepare()
    for state in ours.feeds.states():
        why = state.error or state.warning
        how = "error" if state.error else "warning" if why else "ok"
        text = f"{state.entries:,} entries, indexed {_age(state.built)}"
        yield Entry("feed", state.name, how, remarks=f"{text}; {why}" if why else text)


def _databases(ours: Sources) -> Iterator[Entry]:
    if not ours.geo:
        yield Entry("database", "address databases", "off")
        return
    for name, (kind, built) in ours.geo.databases().items():
        text = f"{kind}, built {datetime.fromtimestamp(built, UTC):%Y-%m-%d}"
        yield Entry("database", name, "ok", remarks=text)
    for why in ours.geo.errors().values():
        yield Entry("database", "", "error", remarks=why)


def _age(then: str) -> str:
    """How long ago a time (ISO 8601) was."""
    if not then:
        return "never"
    hours = (datetime.now(UTC) - datetime.fromisoformat(then)).total_seconds() / 3600
    return f"{hours:.0f} hours ago" if hours < 48 else f"{hours / 24:.0f} days ago"


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
