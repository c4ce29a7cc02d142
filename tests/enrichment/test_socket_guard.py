import socket

import pytest

from tests.enrichment.conftest import OutsideError


@pytest.mark.parametrize("host", ["192.0.2.1", "www.example.com"])
def test_socket_guard_stops_what_leaves_the_machine(host: str) -> None:
    with pytest.raises(OutsideError, match=host):
        socket.create_connection((host, 443), timeout=1)


def test_socket_guard_lets_loopback_pass() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()


def test_socket_guard_remembers_what_was_swallowed(socket_guard: list[object]) -> None:
    with socket.socket() as sock, pytest.raises(OutsideError):
        sock.connect(("192.0.2.1", 443))
    assert socket_guard == ["192.0.2.1"]
    socket_guard.clear()
