"""What an entry of a feed names, in the one form in which it is compared."""

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple

from app.hunting import hosts, iocs, urls

MAX_LENGTH = urls.MAX_LENGTH


class Indicator(NamedTuple):
    """A value of kind address, network, domain, url, email or hash, and the port beside it."""

    kind: str
    value: str
    port: str = ""


_HASH = re.compile(r"[0-9a-fA-F]{32}(?:[0-9a-fA-F]{8}(?:[0-9a-fA-F]{24})?)?\Z")
_IPV4 = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3})(?::(\d{1,5}))?\Z")
_IPV6 = re.compile(r"\[([0-9a-fA-F:.]+)\](?::(\d{1,5}))?\Z")
_DOMAIN = re.compile(r"(?:\*?\.)?([^\s:/@]+)(?::(\d{1,5}))?\Z")
_EMAIL = re.compile(r"([\w.%+-]{1,64})@([^\s@:/]+)\Z")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^#]*)")
_DEFANGED_SCHEMES = ("xx", "**", "xp")  # of hxxp, h**p, fxp
_DEFAULT_PORTS = {"http": "80", "https": "443", "ftp": "21", "ws": "80", "wss": "443"}


def indicator(text: str) -> Indicator | None:
    """What `text` names, canonical; None if it is nothing that can be looked up.

    Takes defanged text, `host:port`, `*.domain`, CIDR blocks, and URLs without their scheme
    (`host/path`, which stand for any scheme: their value begins with `//`).
    """
    text = text.strip()
    if not text or len(text) > MAX_LENGTH:
        return None
    if _is_defanged(text):
        text = iocs.refang(text.encode("utf-8", "replace")).decode("utf-8", "replace")
    if "://" in text:
        return _of(url(text), "url")
    if _HASH.match(text):
        return Indicator("hash", text.lower())
    if "/" in text:
        network = _network(text)
        return _of_network(network) if network else _of(url(f"//{text}"), "url")
    return _host(text) or _email(text)


def _is_defanged(text: str) -> bool:
    if "[" in text or "(" in text or "{" in text:
        return True
    return text[1:3].lower() in _DEFANGED_SCHEMES


def _of(value: str | None, kind: str) -> Indicator | None:
    return Indicator(kind, value) if value else None


def _host(text: str) -> Indicator | None:
    if match := _IPV4.match(text):
        address = hosts.ipv4(match.group(1))
        return Indicator("address", address, match.group(2) or "") if address else None
    if match := _IPV6.match(text):
        return _ipv6(match.group(1), match.group(2) or "")
    if text.count(":") > 1:
        return _ipv6(text, "")
    match = _DOMAIN.match(text)
    name = hosts.domain(match.group(1)) if match else None
    return Indicator("domain", name, match.group(2) or "") if match and name else None


def _ipv6(text: str, port: str) -> Indicator | None:
    try:
        address = ipaddress.IPv6Address(text.partition("%")[0])
    except ValueError:
        return None
    return Indicator("address", str(address.ipv4_mapped or address), port)


def _email(text: str) -> Indicator | None:
    match = _EMAIL.match(text)
    name = hosts.domain(match.group(2)) if match else None
    return Indicator("email", f"{match.group(1).lower()}@{name}") if match and name else None


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _of_network(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> Indicator | None:
    """A CIDR block; one of a single address is that address, one of all addresses a mistake."""
    if network.prefixlen == network.max_prefixlen:
        return Indicator("address", str(network.network_address))
    return Indicator("network", str(network)) if network.prefixlen else None


def url(text: str) -> str | None:
    """A URL as it is compared: canonical host, no userinfo, default port or fragment.

    The path and the query stay as they are. `//host/path` stands for any scheme.
    """
    match = _URL.match(text if not text.startswith("//") else f"any:{text}")
    if not match:
        return None
    scheme, authority, rest = match.groups()
    place = _place(scheme.lower(), authority)
    if place is None:
        return None
    prefix = "" if scheme == "any" else f"{scheme.lower()}:"
    return f"{prefix}//{place}{rest if rest.startswith('/') else '/' + rest}"


@lru_cache(maxsize=65_536)
def _place(scheme: str, authority: str) -> str | None:
    """`host` or `host:port` in canonical form, None if the host cannot be one."""
    place = authority.rpartition("@")[2]
    if match := _IPV6.match(place):
        address = _ipv6(match.group(1), "")
        host, port = f"[{address.value}]" if address else None, match.group(2) or ""
    else:
        name, _, port = place.partition(":")
        host = _url_host(name)
    if host is None or (port and not (port.isascii() and port.isdigit())):
        return None
    return host if port in ("", _DEFAULT_PORTS.get(scheme)) else f"{host}:{port}"


def _url_host(name: str) -> str | None:
    if name[:1].isdigit() and (address := hosts.numeric_ipv4(name) or hosts.ipv4(name)):
        return address
    host = hosts.host_name(name)
    return None if host is None or host.replace(".", "").isdigit() else host


def host_of(url: str) -> str:
    """The host of a URL in the form that `url()` gives it."""
    place = url.partition("//")[2].partition("/")[0]
    if place.startswith("["):
        return place[1:].partition("]")[0]
    return place.partition(":")[0]
