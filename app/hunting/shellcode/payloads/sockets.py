"""Addresses that shellcode connects or listens to: sockaddr structures in its instructions."""

import ipaddress
import re
from collections.abc import Iterator

from app.hunting.shellcode.payloads.hosts import in_url

# push port and AF_INET; mov r, esp
_X86 = re.compile(rb"\x68\x02\x00(..)\x89[\xe0-\xe7]", re.DOTALL)
# The same in two parts: push word port; push word AF_INET; mov r, esp
_X86_SHORT = re.compile(rb"\x66\x68(..)\x66\x53\x89[\xe0-\xe7]", re.DOTALL)
_PUSH = b"\x68"  # and the address, ahead of those
# mov r12, AF_INET and port and address
_X64 = re.compile(rb"\x49\xbc\x02\x00(..)(.{4})", re.DOTALL)
# call over a sockaddr_in6: AF_INET6, port, flow, address
_IPV6 = re.compile(rb"\xe8\x1c\x00\x00\x00\x17\x00(..).{4}(.{16})", re.DOTALL)
# push or mov: AF_INET6 and port, the address being zeros
_IPV6_ANY = re.compile(rb"(?:\x68|\x49\xbc)\x17\x00(..)(?:\x89[\xe0-\xe7]|\x00{4})", re.DOTALL)
# inc eax, twice, ahead of the push of a socket's type: SOCK_DGRAM
_DATAGRAM = re.compile(rb"\x40\x40\x50\x50\x68")
MAX_ADDRESSES = 16


def without_targets(code: bytes) -> bytes:
    """The code with zeros for IPv4 addresses and ports: what payloads of one kind share."""
    blank = bytearray(code)
    for match in (*_X86.finditer(code), *_X64.finditer(code)):
        pushed = code[match.start() - 5 : match.start() - 4] == _PUSH
        start = match.start() - 4 if pushed else match.start()
        blank[start : match.end()] = bytes(match.end() - start)
    return bytes(blank)


def connections(code: bytes, resolved: str) -> list[str]:
    """`tcp://host:port` of what the code connects to; `resolved` is the name that it resolves."""
    scheme = "udp" if _DATAGRAM.search(code) else "tcp"
    found = [f"{scheme}://{host}:{port}" for host, port in _targets(code, resolved) if port]
    return list(dict.fromkeys(found[:MAX_ADDRESSES]))


def _targets(code: bytes, resolved: str) -> Iterator[tuple[str, int]]:
    for address, port in _ipv4(code):
        if address and any(address):
            yield _dotted(address), port
        elif resolved and not address:
            yield in_url(resolved), port
    for match in _IPV6.finditer(code):
        yield in_url(str(ipaddress.IPv6Address(match.group(2)))), _port(match.group(1))


def listeners(code: bytes) -> list[str]:
    """`bind://address:port` of what the code listens on."""
    found = [(address or bytes(4), port) for address, port in _ipv4(code) if port]
    result = [f"bind://{_dotted(address)}:{port}" for address, port in found]
    result += [f"bind://[::]:{_port(match.group(1))}" for match in _IPV6_ANY.finditer(code)]
    return list(dict.fromkeys(result[:MAX_ADDRESSES]))


def _ipv4(code: bytes) -> Iterator[tuple[bytes | None, int]]:
    for pattern in (_X86, _X86_SHORT):
        for match in pattern.finditer(code):
            before = code[max(match.start() - 5, 0) : match.start()]
            yield before[1:] if before.startswith(_PUSH) else None, _port(match.group(1))
    for match in _X64.finditer(code):
        yield match.group(2), _port(match.group(1))


def _dotted(address: bytes) -> str:
    return ".".join(map(str, address))


def _port(data: bytes) -> int:
    return int.from_bytes(data, "big")
