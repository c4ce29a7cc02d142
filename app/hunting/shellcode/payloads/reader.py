"""What decoded shellcode does, read from its instructions without running them.

Values are found by the shape of the instructions that carry them, not at fixed offsets: the
payloads were reordered many times. Source: Metasploit Framework, lib/msf/core/payload/windows,
modules/payloads/{stagers,singles}/windows and external/source/shellcode/windows.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from app.hunting.shellcode.payloads import apis, sockets, web
from app.hunting.shellcode.payloads.hosts import cleaned
from app.hunting.shellcode.payloads.kinds import kind
from app.hunting.shellcode.payloads.strings import Text, texts

SEARCHED = 1 << 16  # bytes of a payload that are read
MAX_COMMAND = 8192
UNKNOWN = "unknown"
_ENTRY_SEARCHED = 512
# cld; call over the function that finds the API; pusha or push r9
_ENTRY = re.compile(
    rb"\xfc?\xe8.\x00\x00\x00\x60|\xfc\x48\x83\xe4\xf0\xe8.\x00\x00\x00\x41\x51", re.DOTALL
)
# Old stagers find the API by hashes of 16 bits, or look for ws2_32.dll alone.
_OLD = re.compile(rb"\x66\xb9\x72\x60\xff\xd6|\x3d\x32\x33\x5f\x32\x75")
# push hash; call ebp / mov r10d, hash; call rbp
_HASHED_CALL = re.compile(rb"(?:\x68|\x41\xba)....\xff\xd5", re.DOTALL)
# lea eax, [ebp+d] / lea rcx, [rbp+d], of WinExec's command; ebp is where the entry's call returns
_COMMAND = re.compile(
    rb"(?:\x8d\x85(.{4})\x50\x68|\x48\x8d\x8d(.{4})\x41\xba)\x31\x8b\x6f\x87", re.DOTALL
)
_COMMAND_LINE_SHELL = b"\x68cmd\x00"
_WATERMARK = re.compile(rb"\xe8..\xff\xff[\x20-\x7e]+\x00(.{4})\Z", re.DOTALL)
_RC4_KEY = re.compile(rb"\xe8\x10\x00\x00\x00(.{16})\x5e", re.DOTALL)
# DnsQuery's name: behind a call back, after the null byte that the first answer overwrites
_DNS_NAME = re.compile(rb"\xe8..\xff\xff\x00?([\x21-\x7e]+)\x00", re.DOTALL)
_STAGE_LABELS = re.compile(r"\w+\.stage\.\d+\.")
_FETCHED = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
_PIPE = re.compile(r"\\\\([^\\]+)\\pipe\\(.+)\Z", re.IGNORECASE)


class Payload(NamedTuple):
    """A payload: its name, and what it connects to, fetches and executes."""

    name: str
    c2: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    user_agent: str = ""
    command: str = ""
    notes: tuple[str, ...] = ()


class _Anatomy(NamedTuple):
    """What payloads share that differ only in where they connect to."""

    name: str
    calls: dict[str, int]
    texts: list[Text]
    payload: Payload | None  # the whole, where it connects to nothing but what its texts say


def read(code: bytes) -> Payload | None:
    """Read a payload of Metasploit or Cobalt Strike; None if `code` is none (or is encoded)."""
    code = code[:SEARCHED]
    anatomy = _anatomy(sockets.without_targets(code))
    if anatomy is None or anatomy.payload:
        return anatomy and anatomy.payload
    c2 = tuple(dict.fromkeys(_contacts(code, anatomy.calls, anatomy.texts)))
    rest = [
        text.text for text in anatomy.texts if not any(text.text.lower() in item for item in c2)
    ]
    command = _command(code, anatomy.calls)
    return Payload(anatomy.name, c2, command=command, notes=(*_notes(code), *_as_notes(rest)))


@lru_cache(maxsize=1024)
def _anatomy(code: bytes) -> _Anatomy | None:
    calls = apis.called(code)
    known = calls or _ENTRY.search(code, 0, _ENTRY_SEARCHED) or _OLD.search(code)
    if not known and not _calls_by_hash(code):
        return None
    name = kind(code, calls) if known else UNKNOWN
    found = texts(code)
    if request := web.read(code, calls, found):
        return _Anatomy(name, calls, found, _with_request(name, request, code))
    if "URLDownloadToFileA" in calls:
        return _Anatomy(name, calls, found, _with_download(name, found))
    return _Anatomy(name, calls, found, None)


def _calls_by_hash(code: bytes) -> bool:
    """Whether the code calls by hashes at all, be they known or not."""
    return len(_HASHED_CALL.findall(code)) > 1


def _contacts(code: bytes, calls: dict[str, int], found: list[Text]) -> Iterator[str]:
    """The addresses, names and pipes in code that does not speak HTTP."""
    if "bind" in calls and "listen" in calls:
        yield from sockets.listeners(code)
    elif "connect" in calls or (not calls and (_calls_by_hash(code) or _OLD.search(code))):
        resolved = [text.text for text in found if text.at < calls.get("gethostbyname", 0)]
        yield from sockets.connections(code, cleaned(resolved[-1]) if resolved else "")
    if "DnsQuery_A" in calls:
        names = (cleaned(match.group(1).decode("ascii")) for match in _DNS_NAME.finditer(code))
        name = next((name for name in names if "." in name), "")
        yield from ["dns://" + _STAGE_LABELS.sub("", name)] if name else []
    for text in found:
        if text.whole and (pipe := _PIPE.match(text.text)):
            yield f"smb://{pipe.group(1)}/pipe/{pipe.group(2)}"


def _with_request(name: str, request: web.Web, code: bytes) -> Payload:
    urls = (request.url,) if request.url else ()
    notes = list(_notes(code))
    if request.host and not urls:
        notes.append(f"host {request.host!r} is {'none' if request.whole else 'cut off'}")
    if request.host_header:
        notes.append(f"header Host: {request.host_header}")
    if request.proxy:
        notes.append(f"proxy {request.proxy}")
    secure = request.scheme == "https" and name.endswith("http")
    return Payload(
        name=name + "s" if secure else name,
        c2=urls,
        urls=urls,
        user_agent=request.user_agent,
        notes=(*notes, *_as_notes(request.other)),
    )


def _with_download(name: str, found: list[Text]) -> Payload:
    """URLDownloadToFile: a URL, a file, and a command."""
    urls = tuple(text.text for text in found if _FETCHED.match(text.text))
    others = [text.text for text in found if text.text not in urls]
    command = next((text for text in others if " " in text), "")
    rest = [text for text in others if text != command]
    return Payload(name, urls, urls, command=command, notes=tuple(_as_notes(rest)))


def _command(code: bytes, calls: dict[str, int]) -> str:
    """What WinExec or CreateProcess starts."""
    if "WinExec" in calls and (match := _COMMAND.search(code)):
        entry = _ENTRY.search(code)
        base = code.index(b"\xe8", entry.start()) + 5 if entry else 0
        start = base + int.from_bytes(match.group(1) or match.group(2), "little")
        raw = code[start : start + MAX_COMMAND].partition(b"\0")[0]
        return raw.decode("utf-8", "replace")
    return "cmd" if "CreateProcessA" in calls and _COMMAND_LINE_SHELL in code else ""


def _notes(code: bytes) -> Iterator[str]:
    mark = _WATERMARK.search(code)
    if mark and (number := int.from_bytes(mark.group(1), "big")):
        yield f"watermark {number}"
    if key := _RC4_KEY.search(code):
        yield f"RC4 key {key.group(1).hex()}"


def _as_notes(found: Iterable[str]) -> Iterator[str]:
    return (f"text {text!r}" for text in found if not _PIPE.match(text))
