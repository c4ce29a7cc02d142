"""Observables: what can be looked up, what of it may leave the machine, and in which form."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.hunting import hosts, iocs, urls

KINDS = ("ipv4", "ipv6", "url", "domain", "email", "md5", "sha1", "sha256")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_HASHES = {32: "md5", 40: "sha1", 64: "sha256"}
_HEX = re.compile(r"[0-9a-f]+\Z")
_LOCAL_PART = re.compile(r"[A-Za-z0-9._%+-]{1,64}\Z")
_WITH_PORT = re.compile(r"([0-9.]{7,15}|\[[0-9A-Fa-f:.]{2,45}\]):[0-9]{1,5}\Z")
_URL = re.compile(r"([^:/?#]+://)([^/?#]*)([^?#]*)(\?[^#]*)?")

# For documentation (RFC 2606), and reverse names, which tell addresses. Names such as
# .internal, .local or .corp are below no public suffix and so no domains at all.
_SPECIAL_SUFFIXES = ("example.com", "example.net", "example.org", "arpa")
# Not in the tables of Python 3.11: documentation (RFC 9637) and the old site-local addresses.
_SPECIAL_NETWORKS = (ipaddress.ip_network("3fff::/20"), ipaddress.ip_network("fec0::/10"))
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


@dataclass(frozen=True, slots=True)
class Observable:
    """A value that can be looked up, in canonical form, and its kind (see KINDS)."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Internal:
    """The organisation's own networks and domains, which are told to nobody."""

    networks: tuple[Network, ...] = ()
    suffixes: tuple[str, ...] = ()


def internal(text: str) -> Internal:
    """Networks, addresses and domain suffixes, separated by commas or blanks.

    Raises ValueError for an entry that is none of them.
    """
    networks: list[Network] = []
    suffixes: list[str] = []
    for entry in re.split(r"[,\s]+", text.strip()):
        try:
            networks.append(ipaddress.ip_network(entry, strict=False))
        except ValueError:
            if entry:
                suffixes.append(_suffix(entry))
    return Internal(tuple(networks), tuple(suffixes))


def _suffix(entry: str) -> str:
    name = hosts.host_name(entry.removeprefix("*").removeprefix("."))
    if name is None or name.rpartition(".")[2].isdigit():
        raise ValueError(f"{entry!r} is no network, address or domain")
    return name


def detect(text: str) -> Observable | None:
    """The observable that the whole text is, refanged; None if it is none.

    An address may have a port (which is dropped), a domain a final dot. An IPv4 address that is
    written as an IPv6 one (`::ffff:192.0.2.1`), as logs of Windows do, is the IPv4 address.
    """
    text = text.strip()
    if not text or len(text) > urls.MAX_LENGTH:
        return None
    plain = iocs.refang(text.encode("utf-8", "replace")).decode("utf-8", "replace")
    if "://" in plain:
        url = next(iter(urls.parse(plain)), None)
        return Observable("url", url.text) if url else None
    return _hash(plain) or _address(plain) or _name(plain)


def _hash(text: str) -> Observable | None:
    kind = _HASHES.get(len(text))
    return Observable(kind, text.lower()) if kind and _HEX.match(text.lower()) else None


def _address(text: str) -> Observable | None:
    if with_port := _WITH_PORT.match(text):
        text = with_port.group(1)
    if value := hosts.ipv4(text):
        return Observable("ipv4", value)
    value = hosts.ipv6(text.removeprefix("[").removesuffix("]"))
    if value is None:
        return None
    mapped = ipaddress.IPv6Address(value).ipv4_mapped
    return Observable("ipv4", str(mapped)) if mapped else Observable("ipv6", value)


def _name(text: str) -> Observable | None:
    local, at, name = text.rpartition("@")
    domain = hosts.domain(name)
    if domain is None or (at and not _LOCAL_PART.match(local)):
        return None
    return Observable("email", f"{local}@{domain}") if at else Observable("domain", domain)


def may_leave(observable: Observable, internal: Internal) -> bool:
    """Whether others may be asked about it.

    Private, reserved, multicast and documentation addresses, names that are not public, and what
    is internal never leave, nor does anything whose host cannot be told. Hashes do.
    """
    if observable.kind in _HASHES.values():
        return True
    host = _host(observable)
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return _is_public_name(host, internal)
    return all(_is_public(part, internal) for part in _with_embedded(address))


def _host(observable: Observable) -> str:
    if observable.kind == "url":
        return next((url.host for url in urls.parse(observable.value)), "")
    return observable.value.rpartition("@")[2]


def _is_public_name(host: str, internal: Internal) -> bool:
    name = hosts.domain(host)
    suffixes = (*_SPECIAL_SUFFIXES, *internal.suffixes)
    return name is not None and not any(
        name == suffix or name.endswith(f".{suffix}") for suffix in suffixes
    )


def _is_public(address: Address, internal: Internal) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in (*_SPECIAL_NETWORKS, *internal.networks))


def _with_embedded(address: Address) -> Iterator[Address]:
    """The address, or the IPv4 addresses that an IPv6 address of a transition mechanism tells."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
    elif address.ipv4_mapped:
        yield address.ipv4_mapped
    elif any(address in network for network in _NAT64):
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    else:
        yield address
        if address.sixtofour:
            yield address.sixtofour
        if address.teredo:
            yield address.teredo[1]


def for_sending(observable: Observable, *, query: bool) -> Observable:
    """The form in which others see it: a URL without userinfo and fragment, and without its
    query string unless `query`."""
    parts = _URL.match(observable.value) if observable.kind == "url" else None
    if parts is None:
        return observable
    scheme, authority, path, asked = parts.groups("")
    place = authority.rpartition("@")[2]
    return Observable("url", f"{scheme}{place}{path}{asked if query else ''}")
