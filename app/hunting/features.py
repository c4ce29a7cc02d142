"""What a text contains, told in one linear pass, so that nothing is searched for in vain."""

from functools import cache, lru_cache
from typing import NamedTuple

from app.hunting.hosts import top_level_domains
from app.hunting.scanner import Scanner

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
    "path": r"\b[a-z]:[\\/]|%\\|\\\\|env:[\w()]+\}?\\",
    "registry": r"\bhk(?:lm|cu|cr|u|cc|ey_)",
    "defanged": r"\bh(?:xx|\*\*)ps?\b|\bfxps?\b|[\[({](?:\.|dot|:|://|@|at|/)[\])}]"
    r"|:\\+/\\+/",
    "frombase64": r"frombase64",
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


@cache
def _scanner() -> Scanner:
    return Scanner(dict(enumerate(_PATTERNS.values())))


class Scanned(NamedTuple):
    """A text as UTF-8 bytes (offsets of all matches count bytes), and the features it has."""

    raw: bytes
    features: frozenset[str]


def scan(raw: bytes) -> Scanned:
    """The features of a text."""
    return Scanned(raw, _named(_scanner().find(raw)))


@lru_cache(maxsize=4096)
def _named(numbers: frozenset[int]) -> frozenset[str]:
    return frozenset(_NAMES[number] for number in numbers)
