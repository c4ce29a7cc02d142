"""Who owns addresses and where they are: from mounted databases, else from whois.

The databases in the folder are asked about every address, since that stays on this machine. For
addresses whose ASN they do not know: what earlier searches learned, then Team Cymru's bulk whois,
then RDAP, each only if it is configured, only about addresses that may leave the machine, and
all within one budget of seconds.
"""

import ipaddress
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from app.enrichment import rdap, whois
from app.enrichment.geo import Geo, Located
from app.enrichment.network import Answers, Network
from app.enrichment.observables import Internal, Observable, may_leave
from app.enrichment.rdap import Rdap
from app.enrichment.store import Store, StoreError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_SPACE = "network"
_Ask = Callable[[Sequence[str], float], Answers]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IpContext:
    """What is known of an address; empty where it is not. `source` says who told the ASN: mmdb,
    cymru or rdap.
    """

    asn: str = ""
    asn_country_code: str = ""
    asn_description: str = ""
    city: str = ""
    country: str = ""
    country_code: str = ""
    latitude: float | None = None
    longitude: float | None = None
    source: str = ""


@dataclass(frozen=True)
class IpSources:
    """Whom to ask, and how much. None: not at all."""

    geo: Geo | None = None
    cymru: tuple[str, int] | None = None
    rdap: Rdap | None = None
    store: Store | None = None
    internal: Internal = field(default_factory=Internal)
    seconds: float = 10.0  # for whois and RDAP together
    cymru_addresses: int = 10_000  # at most, per search
    rdap_addresses: int = 10
    hit_seconds: float = 7 * 86_400
    miss_seconds: float = 86_400


@dataclass
class IpContexts:
    """The answer: a context for each text that is an address; `complete`, `partial` where some
    were not answered (they may be by the next search), or `off` where nobody is to be asked; and
    what failed, by source.
    """

    found: dict[str, IpContext] = field(default_factory=dict)
    status: str = "complete"
    errors: dict[str, str] = field(default_factory=dict)


def context(texts: Sequence[str], sources: IpSources) -> IpContexts:
    """The contexts of addresses. Texts that are no addresses are left out."""
    if sources.geo is None and sources.cymru is None and sources.rdap is None:
        return IpContexts(status="off")
    addresses = {text: address for text in texts if (address := _address(text))}
    located = sources.geo.lookup_many(list(addresses.values())) if sources.geo else {}
    errors = sources.geo.errors() if sources.geo else {}
    unknown = [
        address
        for address in dict.fromkeys(addresses.values())
        if not located.get(address, Located()).network
    ]
    networks, missing = _networks(unknown, sources, errors)
    found = {
        text: _context(located.get(address, Located()), networks.get(str(address)))
        for text, address in addresses.items()
    }
    return IpContexts(found, "partial" if missing else "complete", errors)


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _context(located: Located, network: Network | None) -> IpContext:
    place = located.place
    owner = located.network or network or Network("")
    return IpContext(
        asn=owner.asn,
        asn_country_code=owner.country_code or (place.registered if owner.asn else ""),
        asn_description=owner.description,
        city=place.city,
        country=place.country,
        country_code=place.country_code,
        latitude=place.latitude,
        longitude=place.longitude,
        source=owner.source,
    )


def _networks(
    addresses: Sequence[Address], sources: IpSources, errors: dict[str, str]
) -> tuple[dict[str, Network | None], bool]:
    """What whois knows of the addresses that may leave, and whether answers are missing."""
    deadline = time.monotonic() + sources.seconds
    left = [str(address) for address in addresses if _may_leave(address, sources.internal)]
    if not left or (sources.cymru is None and sources.rdap is None):
        return {}, False
    networks = _remembered(left, sources.store, errors)
    for name, ask, most in _steps(sources):
        left = [address for address in left if address not in networks]
        seconds = deadline - time.monotonic()
        if left and seconds > 0:
            answers = ask(left[:most], seconds)
            networks |= answers.found
            _remember(answers.found, sources, errors)
            if answers.error:
                errors[name] = answers.error
    return networks, any(address not in networks for address in left)


def _steps(sources: IpSources) -> list[tuple[str, _Ask, int]]:
    """(name, function, most addresses) of those to ask, in order."""
    steps: list[tuple[str, _Ask, int]] = []
    if cymru := sources.cymru:
        steps.append((whois.SOURCE, lambda a, s: whois.ask(a, cymru, s), sources.cymru_addresses))
    if service := sources.rdap:
        steps.append((rdap.SOURCE, lambda a, s: rdap.ask(a, service, s), sources.rdap_addresses))
    return steps


def _may_leave(address: Address, internal: Internal) -> bool:
    kind = "ipv4" if address.version == 4 else "ipv6"
    return may_leave(Observable(kind, str(address)), internal)


def _remembered(
    addresses: Sequence[str], store: Store | None, errors: dict[str, str]
) -> dict[str, Network | None]:
    """What earlier searches learned; None is what nobody knows."""
    try:
        texts = store.get_many(_SPACE, addresses) if store else {}
    except StoreError as error:
        errors["cache"] = str(error)
        return {}
    return {address: network for address, text in texts.items() for network in _read(text)}


def _read(text: str) -> list[Network | None]:
    """A remembered answer; [] for what another version has written otherwise."""
    try:
        content = orjson.loads(text)
        return [Network(**content) if content else None]
    except (ValueError, TypeError):
        return []


def _remember(
    answers: Mapping[str, Network | None], sources: IpSources, errors: dict[str, str]
) -> None:
    texts = {address: orjson.dumps(network).decode() for address, network in answers.items()}
    hits = {address: text for address, text in texts.items() if answers[address]}
    misses = {address: text for address, text in texts.items() if not answers[address]}
    try:
        if sources.store:
            sources.store.put_many(_SPACE, hits, sources.hit_seconds)
            sources.store.put_many(_SPACE, misses, sources.miss_seconds)
    except StoreError as error:
        errors["cache"] = str(error)
