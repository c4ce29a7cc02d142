"""What a text contains, told in one linear pass, so that nothing is searched for in vain."""

import string
from functools import cache, lru_cache
from typing import NamedTuple

from app.hunting.hosts import top_level_domains
from app.hunting.scanner import Scanner

_BASE64 = frozenset(string.ascii_letters + string.digits + "+/")
# What can be an address, a domain or a hash; which of them it is, is decided per candidate.
# Counted repetitions are few here: each makes the automaton larger by a factor.
CANDIDATE = (
    r"(?i)\d+\.\d+\.\d+\.\d+"
    r"|\b[0-9a-f]{32}(?:[0-9a-f]{8}(?:[0-9a-f]{24})?)?\b"
    r"|\b[0-9a-f]+:[0-9a-f:]*:[0-9a-f]*"
    r"|(?:[a-z0-9_][a-z0-9_-]*\.)+(?:" + "|".join(top_level_domains()) + r")\b"
)

# Name -> pattern. A feature only says that a closer look is worth while.
_PATTERNS = {
    "candidate": CANDIDATE,
    "url": r"://",
    "path": r":[\\/]|%\\|\\\\|env:[\w()]+\}?\\",
    "registry": r"\bhk(?:lm|cu|cr|u|cc|ey_)",
    "defanged": r"\bh(?:xx|\*\*)ps?\b|\bfxps?\b|[\[({](?:\.|dot|:|://|@|at|/)[\])}]"
    r"|:\\+/\\+/",
    "base64": r"frombase64",
    "parameter": r"(?:^|[\s\"'^])[-/\x{2013}-\x{2015}][\"'^`]*e[\w^`\"']*[\s:\"'^`]+"
    r"[a-z0-9+/^`]{8}",
    "deflate": r"deflate",
    "socket": r"tcpclient|udpclient|tcplistener|tcpsocket|fsockopen|\.connect\b"
    r"|[-/]l?(?:host|port)\b|-ipaddress\b|powercat|(?:tcp|udp):?/|\bnc(?:at|64)?\b|netcat|telnet",
    "mention": r"\+http|<!--|\d;? ?\([^()\"'\n]*://"
    r"|\brem[ \t]|referr?er|origin|xmlns|schemaloc|licen[sc]e"
    r"|(?:^|[\s;{}()|&,<])(?:#|/[/*])|(?:^|\n)[ \t]*'",
    "dns": r"nslookup|resolve-dns|gethostaddresses|gethostentry",
}
_NAMES = tuple(_PATTERNS)
_BASE64_RUN = b"A" * 40
_AS_RUNS = bytes(65 if chr(code) in _BASE64 else 32 for code in range(256))


@cache
def _scanner() -> Scanner:
    return Scanner(dict(enumerate(_PATTERNS.values())))


class Scanned(NamedTuple):
    """A text as UTF-8 bytes (offsets of all matches count bytes), and the features it has."""

    raw: bytes
    features: frozenset[str]


def scan(raw: bytes) -> Scanned:
    """The features of a text."""
    return _scan_short(raw) if len(raw) <= SHORT else _scan(raw)


def _scan(raw: bytes) -> Scanned:
    found = {_NAMES[number] for number in _scanner().find(raw)}
    if _BASE64_RUN in raw.translate(_AS_RUNS):
        found.add("base64")
    return Scanned(raw, frozenset(found))


# What stands around an encoded argument is the same in most command lines.
SHORT = 512
_scan_short = lru_cache(maxsize=16_384)(_scan)
