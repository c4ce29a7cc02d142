"""What a script connects to: the hosts and ports in its code, in canonical form."""

import re
from collections.abc import Iterable, Iterator

import re2

from app.hunting import hosts, iocs
from app.hunting.features import Scanned

_HOST = r"(\$\w+|[\w.-]{1,253})"
_PORT = r"(\$\w+|\d{1,5}\b)"
_SOCKETS = (
    # New-Object Net.Sockets.TcpClient('host', 443); $socket.Connect("host", $port)
    ("tcp", (r"(?i)(?:tcpclient|\.(?:begin)?connect(?:async)?)['\"]?\s*(?:\)|::new)?[\s(]*"
            rf"(?:-argumentlist\s+)?['\"]?{_HOST}['\"]?\s*,\s*['\"]?{_PORT}")),
    ("udp", rf"(?i)udpclient['\"]?\s*[\s(]*['\"]?{_HOST}['\"]?\s*,\s*['\"]?{_PORT}"),
    # Invoke-Shellcode -Lhost host -Lport 443; Invoke-PowerShellTcp -IPAddress host -Port 443
    ("tcp", (rf"(?i)-(?:l?host|ipaddress|c)[\s:]+['\"]?{_HOST}['\"]?\s+(?:-\w+\s+)?"
            rf"-(?:l?port|p)[\s:]+['\"]?{_PORT}")),
)  # fmt: skip
_PATTERNS = tuple((kind, re2.compile(pattern.encode())) for kind, pattern in _SOCKETS)
_ASSIGNMENT = re2.compile(rb"(\$\w+)\s*=\s*['\"]?([\w.-]+)")
_LISTENERS = re2.compile(rb"(?i)tcplistener['\"]?[^;|\n]{0,60}?\b(\d{2,5})\b")
_DNS = re2.compile(
    rb"(?i)(?:nslookup(?:\.exe)?|resolve-dnsname|gethostaddresses|gethostentry)\b"
    rb"(?:\s+-[a-z]+(?:=\w+|\s+(?:txt|a|aaaa|mx|cname|any)\b)?)*[\s('\"]*(?:-name\s+)?['\"]?([\w.-]+)"
)
_NOT_CONTACTED = re.compile(
    r"[a-z]+://(?:schemas\.|www\.w3\.org/|purl\.org/|xmlns\.)", re.IGNORECASE
)


def contacts(texts: Iterable[Scanned], found: iocs.Iocs) -> dict[str, None]:
    """`https://host:port/path`, `tcp://host:port`, `bind://0.0.0.0:port`, `dns://name`."""
    result = dict.fromkeys(url for url in found["url"] if not _NOT_CONTACTED.match(url))
    for raw, features in texts:
        if "socket" in features:
            result |= dict.fromkeys(_sockets(raw))
        if "dns" in features:
            names = (match.group(1).decode().rstrip(".") for match in _DNS.finditer(raw))
            result |= dict.fromkeys(f"dns://{name.lower()}" for name in names if hosts.domain(name))
    return result


def _sockets(raw: bytes) -> Iterator[str]:
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(raw):
            host, port = _value(raw, match.group(1)), _value(raw, match.group(2))
            name = hosts.numeric_ipv4(host) or hosts.host_name(host)
            if name and _is_port(port):
                yield f"{kind}://{name}:{int(port)}"
    for match in _LISTENERS.finditer(raw):
        if _is_port(match.group(1).decode()):
            yield f"bind://0.0.0.0:{int(match.group(1))}"


def _value(raw: bytes, word: bytes) -> str:
    """The word itself, or the constant that the script assigns to the variable of that name."""
    if word.startswith(b"$"):
        for match in _ASSIGNMENT.finditer(raw):
            if match.group(1).lower() == word.lower():
                return str(match.group(2), "utf-8", "replace")
        return ""
    return word.decode("utf-8", "replace")


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) < 65536
