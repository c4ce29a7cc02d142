import resource
import socket

import pytest

from app import listening


def test_connections_send_without_waiting_for_acknowledgements() -> None:
    [listener] = listening.on("127.0.0.1", 0)
    with listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_port_that_is_taken_is_named() -> None:
    [listener] = listening.on("127.0.0.1", 0)
    port = listener.getsockname()[1]
    with listener, pytest.raises(OSError, match=f"cannot listen on port {port} of 127.0.0.1: "):
        listening.on("127.0.0.1", port)


def test_connections_are_as_many_as_the_system_allows() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 65_536 if hard < 0 else min(65_536, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, most - 1), hard))
        listening.allow_many()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
