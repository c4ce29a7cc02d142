"""Notes in the file GUARD_LOG whom this process connects to or resolves, and stops what leaves."""

import ipaddress
import os
import socket
import sys
from typing import Any

_TEST = ".test"
_ADDRESSED = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_RESOLVING = {
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.gethostbyaddr",
    "socket.getnameinfo",
}
_resolve = socket.getaddrinfo


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _ADDRESSED and isinstance(arguments[1], tuple):
        host, port = arguments[1][:2]
        _note(f"{host}:{port}", host)
    elif event in _RESOLVING:
        host = arguments[0][0] if isinstance(arguments[0], tuple) else arguments[0]
        _note(f"resolve {host}", host)


def _note(line: str, host: object) -> None:
    """Note it, and raise what nobody takes for a bad network if it leaves this machine."""
    with open(os.environ["GUARD_LOG"], "a", encoding="utf-8") as log:  # noqa: PTH123
        log.write(f"{line}\n")
    if not _is_local(host):
        raise RuntimeError(f"the guard of the tests stops this: {line}")


def _is_local(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(str(host))
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _resolved(host: Any, *arguments: Any, **more: Any) -> Any:
    is_test = isinstance(host, str) and host.endswith(_TEST)
    return _resolve("127.0.0.1" if is_test else host, *arguments, **more)


socket.getaddrinfo = _resolved
sys.addaudithook(_audit)
