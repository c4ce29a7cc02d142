"""No test of the enrichment reaches anything but this machine."""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest


class OutsideError(Exception):
    """A test tried to reach another machine. No OSError: nothing may take it for a bad network."""


def _check(host: object) -> None:
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "", "localhost"):
        return
    try:
        local = ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        local = False
    if not local:
        raise OutsideError(f"a test tried to reach {host!r}")


@pytest.fixture(autouse=True)
def socket_guard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Fails whatever connects, sends or resolves beyond loopback; gives the hosts asked for."""
    asked: list[object] = []

    def guarded(method: str) -> Any:
        original = getattr(socket.socket, method)

        def call(self: socket.socket, *args: Any) -> Any:
            if self.family != socket.AF_UNIX:
                asked.append(args[-1][0])
                _check(args[-1][0])
            return original(self, *args)

        return call

    resolve = socket.getaddrinfo

    def resolve_local(host: Any, *args: Any, **options: Any) -> Any:
        _check(host)
        return resolve(host, *args, **options)

    for method in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, method, guarded(method))
    monkeypatch.setattr(socket, "getaddrinfo", resolve_local)
    yield asked
    outside = [host for host in asked if not _is_local(host)]
    assert not outside, f"reached {outside}"


def _is_local(host: object) -> bool:
    try:
        _check(host)
    except OutsideError:
        return False
    return True
