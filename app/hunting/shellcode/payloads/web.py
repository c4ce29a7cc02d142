"""Stagers that speak HTTP(S): host, port, path, proxy and user agent.

Source: Metasploit Framework, lib/msf/core/payload/windows/**/reverse_*http.rb and its assembler
sources; Cobalt Strike's http-stager as published in analyses.
"""

import re
from dataclasses import dataclass, replace

from app.hunting.shellcode.payloads.hosts import cleaned, in_url
from app.hunting.shellcode.payloads.strings import Text

_OPEN = ("InternetOpenA", "WinHttpOpen")
_CONNECT = ("InternetConnectA", "WinHttpConnect")
_REQUEST = ("HttpOpenRequestA", "WinHttpOpenRequest")
_FTP = 1  # INTERNET_SERVICE_FTP
# push service; push password; push user name; push port
_PUSHED_PORT = re.compile(
    rb"\x6a([\x01\x03])[\x50-\x57]{2}(?:\x68(?P<long>..)\x00\x00|\x6a(?P<short>.))", re.DOTALL
)
# push reserved; push port; call over the path
_WINHTTP_PORT = re.compile(rb"\x53(?:\x68(?P<long>..)\x00\x00|\x6a(?P<short>.))\xe8", re.DOTALL)
# mov r8, port
_X64_PORT = re.compile(rb"(?:\x41\xb8|\x49\xc7\xc0)(?P<long>..)\x00\x00", re.DOTALL)
# push port; pop r8
_X64_PUSHED_PORT = re.compile(rb"(?:\x68(?P<long>..)\x00\x00|\x6a(?P<short>.))\x41\x58", re.DOTALL)
_PORTS = (_PUSHED_PORT, _WINHTTP_PORT, _X64_PORT, _X64_PUSHED_PORT)
# push flags, mov rax, flags and the like. INTERNET_FLAG_RELOAD (0x80000000) is always set, and
# mostly NO_CACHE_WRITE (0x04000000); WinHTTP has just BYPASS_PROXY_CACHE (0x00000100).
# 0x00800000 means TLS in both.
_TLS = re.compile(rb"[\x68\xb8\xba]..[\x80-\xff][\x80\x84]|\x00\x01\x80\x00", re.DOTALL)
_USER_AGENT = re.compile(rb"User-Agent: ([\x20-\x7e]+)")
_HOST_HEADER = re.compile(rb"Host: ([\x21-\x7e]+)")
_PROXY = re.compile(r"(?:\w+://|socks=)\S+\Z|[\w.-]+:\d+\Z", re.IGNORECASE)
_URL = re.compile(r"\w+://[^/]*(/.*)?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Web:
    """What a stager asks for; `whole` is False where the code ends too early to tell."""

    scheme: str
    host: str = ""
    port: int = 0
    path: str = ""
    proxy: str = ""
    user_agent: str = ""
    host_header: str = ""
    other: tuple[str, ...] = ()
    whole: bool = True

    @property
    def url(self) -> str:
        """`https://host:port/path`, '' if the host is no host or the port none."""
        host = cleaned(self.host)
        if not self.whole or not host or not 0 < self.port < 65536:
            return ""
        path = self.path if self.path.startswith("/") else "/" + self.path
        return f"{self.scheme}://{in_url(host)}:{self.port}{path}".replace(" ", "%20")


def read(code: bytes, calls: dict[str, int], texts: list[Text]) -> Web | None:
    """Read the request of an HTTP(S) stager; None if the code is none."""
    opened, connected, requested = (_offset(calls, names) for names in (_OPEN, _CONNECT, _REQUEST))
    if connected is None:
        return None
    opened = opened or 0
    port = _port(code, opened, connected)
    secure = bool(_TLS.search(code, connected, requested or len(code)))
    service = _PUSHED_PORT.search(code, opened, connected)
    ftp = bool(service and service.group(1)[0] == _FTP)
    scheme = "ftp" if ftp else "https" if secure else "http"
    web = Web(scheme, port=port, whole=requested is not None)
    return _with_texts(web, code, opened, connected, texts)


def _offset(calls: dict[str, int], names: tuple[str, ...]) -> int | None:
    return next((calls[name] for name in names if name in calls), None)


def _port(code: bytes, opened: int, connected: int) -> int:
    for pattern in _PORTS:
        if match := pattern.search(code, opened, connected):
            groups = match.groupdict()
            return int.from_bytes(groups.get("long") or groups["short"], "little")
    return 0


def _with_texts(web: Web, code: bytes, opened: int, connected: int, texts: list[Text]) -> Web:
    """Tell from where they stand what the texts are."""
    early = [text.text for text in texts if text.at < opened]
    late = [text for text in texts if text.at >= opened]
    paths = [text for text in late if text.text.startswith("/")]
    paths = paths or [text for text in late if "://" in text.text]
    others = [text for text in late if text not in paths]
    host = _host(others, opened, connected)
    header = _USER_AGENT.search(code)
    fronted = _HOST_HEADER.search(code)
    return replace(
        web,
        host=host.text if host else "",
        whole=web.whole and host is not None and host.whole,
        path=_path(paths[0].text) if paths else "",
        proxy=next((text for text in early if _PROXY.match(text)), ""),
        user_agent=next((text for text in early if not _PROXY.match(text)), "")
        or (header.group(1).decode("ascii") if header else ""),
        host_header=fronted.group(1).decode("ascii") if fronted else "",
        other=tuple(text.text for text in others if text is not host),
    )


def _host(texts: list[Text], opened: int, connected: int) -> Text | None:
    """The text that is wanted ahead of the connection: there is where its call goes."""
    return next((text for text in texts if opened < text.target <= connected), None)


def _path(text: str) -> str:
    """The path of a text that may be a whole URL (for which a proxy is looked up)."""
    match = _URL.match(text)
    return (match.group(1) or "/") if match else text
