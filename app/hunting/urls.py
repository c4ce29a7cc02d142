"""URLs as they stand in code: where they end, and their usable form."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from app.hunting import hosts

_QUOTES = "\"'\u2018\u2019\u201a\u201b\u201c\u201d\u201e"
_AFTER_SCHEME = b"://"
_SCHEME = re.compile(rb"(?i)(?:https?|s?ftps?|wss?|ldaps?|tftp|smb|ssh)\Z")
_LONGEST_SCHEME = 5
# Up to a typographic quotation mark (\xe2 begins their UTF-8), too.
_REST = re.compile(rb"(?:[^ \"'<>`|{}\\^\x00-\x1f\xe2]++|\^&|\xe2(?!\x80[\x98-\x9e]))++")
# Letters before make it another scheme, unless they belong to an escape sequence.
_LONGER_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+]*\Z")
_ESCAPE_SEQUENCE = re.compile(rb"(?i)(?:%[0-9a-f]{2}|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\[nrtvfb])\Z")
_NEXT_URL = re.compile(r"(?<![/=?:%&#])(?=(?:https?|ftp)://)", re.IGNORECASE)
_SEPARATORS = "@|+*!#$~^-,;"
_VARIABLE = re.compile(r"\$[A-Za-z_{(]|%(?![0-9A-Fa-f]{2})[A-Za-z_]\w*%")
_PARTS = re.compile(r"([A-Za-z]+)://([^/?#]*)(.*)\Z", re.DOTALL)
_AUTHORITY = re.compile(r"[A-Za-z]+://([^/?#]*)")
_TRAILING = ".,;:!'\"}>*"
_BRACKETS = {")": "(", "]": "["}
_SPACED = re.compile(r"(?: +[\w.()%+~/-]+)+(?=[\"'\u2018-\u201e])")
_FILE = re.compile(r"\.[A-Za-z]\w{1,4}\Z")
_OPTION = re.compile(r" [-/]")
_OPEN_HOST = re.compile(r"[A-Za-z]+://[^/?#]*[.-]\Z")
_AMPERSAND = re.compile(r"(?<!\^)&")  # cmd takes ^& for a mere character
_COMMAND = re.compile(
    r"[\w.-]*\.(?:exe|bat|cmd|com|vbs|jse?|ps1|hta|lnk|msi)|start|call|cmd|powershell|pwsh|calc"
    r"|echo|exit|del|cd|type|ren|move|x?copy|rundll32|regsvr32|mshta|[cw]script|certutil|bitsadmin"
    r"|curl|schtasks|reg|timeout|ping|set|for|if|md|mkdir|attrib|net|sc|wmic|notepad|msiexec"
    r"|explorer|sh|bash|wait|disown",
    re.IGNORECASE,
)
MAX_LENGTH = 8192
MAX_MARKS = 50_000  # places in a text where a URL may be


class Url(NamedTuple):
    """A URL, and its host in canonical form with the host's kind: ipv4, ipv6, domain or name."""

    text: str
    host: str
    kind: str
    scheme: str
    port: int | None


def spans(raw: bytes) -> Iterator[tuple[int, int]]:
    """Where URLs with a host stand, and what may belong to them."""
    end, mark = 0, raw.find(_AFTER_SCHEME)
    for _ in range(MAX_MARKS):
        if mark < 0:
            return
        following = mark + len(_AFTER_SCHEME)
        scheme = _SCHEME.search(raw, max(end, mark - _LONGEST_SCHEME), mark)
        if scheme and (rest := _REST.match(raw, following)):
            following = end = rest.end()
            yield scheme.start(), end
        mark = raw.find(_AFTER_SCHEME, following)


def in_text(found: str, before: bytes, after: str) -> list[Url]:
    """The URLs in one of the spans, given some bytes before it and the text after it."""
    if _LONGER_SCHEME.search(before) and not _ESCAPE_SEQUENCE.search(before):
        return []
    quote = before.decode("utf-8", "replace")[-1:]
    quote = quote if quote in _QUOTES else ""
    if quote and after.startswith(" "):
        found += _rest_of_quoted(found, after)
    *others, last = _separated(found[:MAX_LENGTH].replace("&amp;", "&"))
    texts = [*(_trimmed(text, quote, "") for text in others), _trimmed(last, quote, after[:1])]
    return [url for text in texts for url in parse(text)]


def _rest_of_quoted(found: str, after: str) -> str:
    """What follows a blank in a quoted string that is one URL; blanks become %20.

    It is one if it ends with a file's name, or if the blank is in the query: not prose, and not
    a second argument.
    """
    match = _SPACED.match(after[:512])
    if not match or _OPTION.search(match.group()) or "://" in match.group():
        return ""
    if "?" not in found and (found.count("/") < 3 or not _is_file(found, match.group())):
        return ""
    return match.group().replace(" ", "%20")


def _is_file(found: str, rest: str) -> bool:
    return not _FILE.search(found) and bool(_FILE.search(rest))


def _separated(text: str) -> list[str]:
    """Lists such as `http://a@http://b` and `http://a,http://b`, taken apart."""
    if text.find("://", 8) < 0:
        return [text]
    *parts, last = _NEXT_URL.split(text)
    return [part.rstrip(_SEPARATORS) for part in parts if part] + [last]


def _trimmed(text: str, quote: str, following: str) -> str:
    """The URL without what belongs to the code around it, '' if its host goes on there."""
    start = 0
    if "@" in text:
        text, start = _with_constant_userinfo(text, quote)
    if variable := _VARIABLE.search(text, start):
        text, following = text[: variable.start()], "$"
    if not quote:
        text = _unquoted(text, start)
    if _OPEN_HOST.match(text) and (following in ("$", "{", "%") or following == quote != ""):
        return ""
    return _without_trailing(text).replace("^&", "&")


def _with_constant_userinfo(text: str, quote: str) -> tuple[str, int]:
    """The URL, its userinfo left out if a variable stands for it, and where its host begins."""
    authority = _AUTHORITY.match(text)
    at = authority.group().rfind("@") if authority else -1
    if authority is None or at < 0:
        return text, 0
    first = authority.start(1)
    userinfo = text[first:at]
    if not quote and ":" not in userinfo and ("," in userinfo or ";" in userinfo):
        return text, 0
    if any(_VARIABLE.match(part) for part in userinfo.split(":")):
        return text[:first] + text[at + 1 :], first
    return text, at + 1


def _unquoted(text: str, start: int) -> str:
    """The URL up to a separator of lists, commands or arguments."""
    text = text[:start] + re.split(r"[;,]", text[start:], maxsplit=1)[0]
    if text.count(")") > text.count("("):
        text = text[: _unbalanced(text)]
    for ampersand in _AMPERSAND.finditer(text, start):
        piece, _, _ = text[ampersand.end() :].partition("&")
        if "=" not in piece and _is_command(text[: ampersand.start()], piece):
            return text[: ampersand.start()]
    return text


def _unbalanced(text: str) -> int:
    """The index of the first closing parenthesis that none has opened."""
    depth = 0
    for bracket in re.finditer(r"[()]", text):
        depth += 1 if bracket.group() == "(" else -1
        if depth < 0:
            return bracket.start()
    return len(text)


def _is_command(url: str, piece: str) -> bool:
    """Whether a command rather than a part of the query follows an ampersand."""
    return not piece or "?" not in url or bool(_COMMAND.fullmatch(piece))


def _without_trailing(text: str) -> str:
    """The URL without punctuation and brackets at its end that only close what is around it."""
    surplus = {close: text.count(close) - text.count(start) for close, start in _BRACKETS.items()}
    end = len(text)
    while end and (text[end - 1] in _TRAILING or surplus.get(text[end - 1], 0) > 0):
        end -= 1
        if text[end] in surplus:
            surplus[text[end]] -= 1
    return text[:end]


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
