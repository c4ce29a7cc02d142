"""URLs as they stand in code: where they end, and their usable form."""

import re
from typing import NamedTuple

import re2

from app.hunting import hosts

SCHEMES = "https?|ftps?|wss?|ldaps?|tftp"
_QUOTES = "\"'\u2018\u2019\u201a\u201b\u201c\u201d\u201e"
FIND = re2.compile(
    rf"(?i)(?:{SCHEMES})://[^\s\"'<>`|{{}}\\^\x{{2018}}-\x{{201e}}\x00-\x1f]+".encode()
)
_NEXT_URL = re.compile(r"(?<![/=?:%&#])(?=(?:https?|ftp)://)", re.IGNORECASE)
_SEPARATORS = "@|+*!#$~^-,;"
_VARIABLE = re.compile(r"\$[A-Za-z_{(]")
_PARTS = re.compile(r"([A-Za-z]+)://([^/?#]*)(.*)\Z", re.DOTALL)
_TRAILING = ".,;:!'\")]}>*"
_SPACED = re.compile(r"(?: +[\w.()%+~/-]+)+(?=[\"'\u2018-\u201e])")
_OPTION = re.compile(r" [-/]")
MAX_LENGTH = 8192


class Url(NamedTuple):
    """A URL, and its host in canonical form with the host's kind: ipv4, ipv6, domain or name."""

    text: str
    host: str
    kind: str
    scheme: str
    port: int | None


def in_text(found: str, before: str, after: str) -> list[Url]:
    """The URLs in one match of FIND, given the character before it and the text after it."""
    quoted = before in _QUOTES and before != ""
    if quoted and after.startswith(" "):
        found += _rest_of_quoted(after)
    texts = _separated(found[:MAX_LENGTH])
    return [url for text in texts for url in parse(_trimmed(text, quoted))]


def _rest_of_quoted(after: str) -> str:
    """What follows a blank in a quoted string that is one URL; blanks become %20."""
    match = _SPACED.match(after[:512])
    if not match or _OPTION.search(match.group()) or "://" in match.group():
        return ""
    return match.group().replace(" ", "%20")


def _separated(text: str) -> list[str]:
    """Lists such as `http://a@http://b` and `http://a,http://b`, taken apart."""
    if text.find("://", 8) < 0:
        return [text]
    *parts, last = _NEXT_URL.split(text)
    return [part.rstrip(_SEPARATORS) for part in parts if part] + [last]


def _trimmed(text: str, quoted: bool) -> str:
    """The URL without what belongs to the code around it."""
    if variable := _VARIABLE.search(text):
        text = text[: variable.start()]
    if not quoted:
        text = re.split(r"[;,]", text, maxsplit=1)[0]
        if text.count(")") > text.count("("):
            text = text[: text.find(")")]
    return text.rstrip(_TRAILING)


def parse(text: str) -> list[Url]:
    """The usable URL, [] if it is not usable.

    A dotted quad that is merely padded with zeros (10.0.01.1) also stands as it is written,
    since that is what a proxy's log shows; other numeric hosts stand in canonical form only.
    """
    match = _PARTS.match(text)
    if not match:
        return []
    scheme, authority, rest = match.group(1).lower(), match.group(2), match.group(3)
    userinfo, at, place = authority.rpartition("@")
    host, port = _host_and_port(place)
    if host is None:
        return []
    written, canonical, kind = host
    number = f":{port}" if port is not None else ""
    return [
        Url(f"{scheme}://{userinfo}{at}{name}{number}{rest}", canonical, kind, scheme, port)
        for name in dict.fromkeys((written, f"[{canonical}]" if kind == "ipv6" else canonical))
    ]


def _host_and_port(place: str) -> tuple[tuple[str, str, str] | None, int | None]:
    """((host as it shall stand, canonical host, kind), port), or (None, None) if unusable."""
    if place.startswith("["):
        literal, _, port = place[1:].partition("]")
        address = hosts.ipv6(literal)
        host = (f"[{address}]", address, "ipv6") if address else None
        port = port.removeprefix(":")
    else:
        name, _, port = place.partition(":")
        host = _host(name)
    if host is None or (port and not _is_port(port)):
        return None, None
    return host, int(port) if port else None


def _host(name: str) -> tuple[str, str, str] | None:
    if address := hosts.numeric_ipv4(name) or hosts.ipv4(name):
        return name if hosts.ipv4(name) == address else address, address, "ipv4"
    host = hosts.host_name(name)
    if host is None or host.replace(".", "").isdigit():
        return None
    return host, host, "domain" if hosts.domain(host) else "name"


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536
