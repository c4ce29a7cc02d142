"""What a script connects to: the hosts and ports in its code, in canonical form."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

import re2

from app.hunting import hosts, iocs, mentions
from app.hunting.features import Scanned, scan

MAX_MATCHES = 1000  # of one pattern in one text
_HOST = r"(\$\w+|[\w.-]+)"
_PORT = r"(\$\w+|\d{1,5}\b)"
_DOTTED = r"((?:[a-z0-9-]+\.)+[a-z0-9]+)"
_SOCKETS = (
    # New-Object Net.Sockets.TcpClient('host', 443); $socket.Connect("host", $port)
    ("tcp", (r"(?i)(?:tcpclient|fsockopen|tcpsocket\.(?:open|new)"
            r"|\.(?:begin)?connect(?:async)?)['\"]?\s*(?:\)|\]::new)?[\s(]*"
            rf"(?:-argumentlist\s+)?\\?['\"]?{_HOST}\\?['\"]?\s*,\s*['\"]?{_PORT}")),
    ("udp", rf"(?i)udpclient['\"]?\s*[\s(]*['\"]?{_HOST}['\"]?\s*,\s*['\"]?{_PORT}"),
    # Invoke-Shellcode -Lhost host -Lport 443; Invoke-PowerShellTcp -IPAddress host -Port 443
    ("tcp", (rf"(?i)-(?:l?host|ipaddress|c)[\s:]+['\"]?{_HOST}['\"]?\s+(?:-\w+\s+)?"
            rf"-(?:l?port|p)[\s:]+['\"]?{_PORT}")),
    ("tcp", rf"(?i)(?:\btcp://|/dev/tcp/){_HOST}[:/]{_PORT}"),
    ("udp", rf"(?i)(?:\budp://|/dev/udp/){_HOST}[:/]{_PORT}"),
    # nc -e cmd.exe host 443
    ("tcp", (r"(?i)\b(?:nc|ncat|nc64|netcat|telnet)(?:\.exe)?['\"]?\s(?:[^\n|;&]{0,100}\s)?"
            rf"{_DOTTED}\s+(\d{{1,5}})\b")),
)  # fmt: skip
_PATTERNS = tuple((kind, re2.compile(pattern.encode())) for kind, pattern in _SOCKETS)
_ABOUT_CONTACTS = frozenset(["url", "socket", "dns"])
_ASSIGNMENT = re2.compile(rb"(\$\w+)\s*=\s*['\"]?([\w.-]+)")
_LISTENERS = re2.compile(rb"(?i)tcplistener['\"]?[^;|\n]{0,60}?\b(\d{2,5})\b")
_DNS = re2.compile(rb"(?i)(?:nslookup|resolve-dnsname|gethostaddresses|gethostentry)\b")
_END_OF_COMMAND = re.compile(r"[;|}\n]")
_MAX_QUERY = 300  # characters of a command's arguments
_WORD = re.compile(r"(?<![\w.$%-])\w[\w.-]*|(?<=[\w)}%]\.)\w[\w-]*\.\w[\w.-]*")
# XML namespaces and licences are named, not fetched.
_NAMESPACE = re.compile(
    r"[a-z]+://(?:schemas\.|www\.w3\.org/|purl\.org/|xmlns\.|(?:www\.)?(?:apache\.org/licenses"
    r"|gnu\.org/(?:licenses|copyleft)|opensource\.org/licenses|mozilla\.org/mpl|unlicense\.org"
    r"|creativecommons\.org/(?:licenses|publicdomain)))"
)


def contacts(texts: Iterable[Scanned], found: iocs.Iocs) -> dict[str, None]:
    """`https://host:port/path`, `tcp://host:port`, `bind://0.0.0.0:port`, `dns://name`."""
    texts = [text for text in texts if not _ABOUT_CONTACTS.isdisjoint(text.features)]
    if not texts and not found["url"]:
        return {}
    named = _only_named([text for text in texts if "url" in text.features])
    result = dict.fromkeys(
        url for url in found["url"] if url not in named and not _NAMESPACE.match(url)
    )
    for raw, features in texts:
        if "socket" in features:
            result |= dict.fromkeys(_sockets(raw))
        if "dns" in features:
            result |= dict.fromkeys(_queries(raw))
    return result


def _only_named(texts: list[Scanned]) -> set[str]:
    """The URLs that the texts mention without connecting to them in any place."""
    mentioning = [text for text in texts if "mention" in text.features]
    if not mentioning:
        return set()
    codes = [mentions.without_mentions(text.raw) for text in mentioning]
    pairs = zip(mentioning, codes, strict=True)
    named = {url for text, code in pairs if text.raw != code for url in _urls(text.raw)}
    if not named:
        return named
    others = [text.raw for text in texts if "mention" not in text.features]
    return named.difference(*map(_urls, codes + others))


def _urls(raw: bytes) -> Iterable[str]:
    found: iocs.Iocs = {kind: {} for kind in iocs.KINDS}
    iocs.add_from(scan(raw), found)
    return found["url"]


def _sockets(raw: bytes) -> Iterator[str]:
    constants: dict[bytes, bytes] | None = None
    for kind, pattern in _PATTERNS:
        for match in islice(pattern.finditer(raw), MAX_MATCHES):
            words = match.groups()
            if constants is None and any(word.startswith(b"$") for word in words):
                constants = _constants(raw)
            host, port = (_text((constants or {}).get(word.lower(), word)) for word in words)
            name = hosts.numeric_ipv4(host) or hosts.host_name(host)
            if name and not name.endswith(".exe") and _is_port(port):
                yield f"{kind}://{name}:{int(port)}"
    for match in islice(_LISTENERS.finditer(raw), MAX_MATCHES):
        if _is_port(_text(match.group(1))):
            yield f"bind://0.0.0.0:{int(match.group(1))}"


def _constants(raw: bytes) -> dict[bytes, bytes]:
    """The variables that the script assigns constants to, with their first value."""
    matches = islice(_ASSIGNMENT.finditer(raw), MAX_MATCHES)
    return {match.group(1).lower(): match.group(2) for match in reversed(list(matches))}


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _queries(raw: bytes) -> Iterator[str]:
    """The first domain name among the arguments of each name resolution."""
    end = 0
    for match in islice(_DNS.finditer(raw), MAX_MATCHES):
        if match.start() < end:
            continue
        following = _text(raw[match.end() : match.end() + _MAX_QUERY])
        query = _END_OF_COMMAND.split(following, maxsplit=1)[0]
        end = match.end() + len(query.encode())
        words = _WORD.findall(query)
        names = (name for word in words if (name := hosts.domain(word)))
        yield from (f"dns://{name}" for name in islice(names, 1))


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) < 65536
