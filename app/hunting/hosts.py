"""Addresses and names of hosts: checked, and in canonical form."""

import ipaddress
import re
from functools import lru_cache

from publicsuffixlist import PublicSuffixList

# The snapshot that the package carries; it is never fetched. Only the ICANN section: a dynamic
# DNS provider's customers are what a hunter wants to tell apart, and their names stay whole.
_SUFFIXES = PublicSuffixList(only_icann=True, accept_unknown=False)
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}\Z")
_INTEGER_PART = re.compile(r"(?:0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)\Z")


def top_level_domains() -> list[str]:
    """All top-level domains of the public suffix list, in ASCII, sorted."""
    ends = {suffix.rpartition(".")[2] for suffix in _SUFFIXES._publicsuffix}
    return sorted({end.encode("idna").decode() for end in ends if end and end[0] not in "*!"})


def ipv4(text: str) -> str | None:
    """A dotted quad in canonical form (no leading zeros), None if an octet exceeds 255."""
    parts = text.split(".")
    if len(parts) != 4 or not text.isascii() or not all(map(str.isdigit, parts)):
        return None
    octets = [int(part) for part in parts]
    return ".".join(map(str, octets)) if max(octets) < 256 else None


def ipv6(text: str) -> str | None:
    """An IPv6 address in canonical form (RFC 5952), None if it is none."""
    try:
        return ipaddress.IPv6Address(text.partition("%")[0]).compressed
    except ValueError:
        return None


def numeric_ipv4(host: str) -> str | None:
    """An IPv4 host as programs read it: decimal, hexadecimal or octal, in one to four parts.

    Source: the IPv4 parser of the WHATWG URL standard. None if it is not numeric, or rather looks
    like the beginning of an address.
    """
    if not host[:1].isdigit():
        return None
    parts = host.lower().removesuffix(".").split(".")
    if len(parts) > 4 or not all(map(_INTEGER_PART.match, parts)):
        return None
    numbers = [_integer(part) for part in parts]
    if 1 < len(parts) < 4 and all(
        str(number) == part for number, part in zip(numbers, parts, strict=True)
    ):
        return None  # rather an address that was cut off than one that is spelled so
    if len(parts) == 1 and numbers[0] < 1 << 24:
        return None
    *leading, last = numbers
    if any(number > 255 for number in leading) or last >= 256 ** (5 - len(parts)):
        return None
    value = last + sum(number << 8 * (3 - index) for index, number in enumerate(leading))
    return ".".join(map(str, value.to_bytes(4, "big")))


def _integer(part: str) -> int:
    if part.startswith("0x"):
        return int(part, 16)
    return int(part, 8) if part.startswith("0") and part != "0" else int(part)


@lru_cache(maxsize=65536)
def domain(text: str) -> str | None:
    """A registrable domain name or a name below one, lower case, IDNA; None for others.

    Public suffixes themselves (co.uk) are not taken, and neither are names whose top-level
    domain does not exist.
    """
    name = host_name(text)
    if name is None or "." not in name or name.rpartition(".")[2].isdigit():
        return None
    return name if _SUFFIXES.privatesuffix(name) else None


def host_name(text: str) -> str | None:
    """A syntactically valid host name in lower case (RFC 1123, underscores allowed), or None."""
    name = text.lower().removesuffix(".")
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    return name if 0 < len(name) <= 253 and _NAME.match(name) else None
