"""The sockets that the service listens on."""

import os
import resource
import socket

_BACKLOG = 2048
_CONNECTIONS = 1 << 16


def on(host: str, port: int) -> list[socket.socket]:
    """A socket for each address of the host. Raises OSError that names the one that is taken."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    addresses = dict.fromkeys((family, (str(at[0]), int(at[1]))) for family, *_, at in found)
    try:
        return [_listener(family, address) for family, address in addresses]
    except OSError as error:
        raise OSError(
            f"cannot listen on port {port} of {host}: {os.strerror(error.errno or 0)}"
        ) from error


def allow_many() -> None:
    """Have as many connections as the system lets this process have: clients that only hold
    theirs open keep nobody out."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _CONNECTIONS if hard < 0 else min(_CONNECTIONS, hard)
    if 0 <= soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _listener(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    listener = socket.create_server(address, family=family, backlog=_BACKLOG)
    # Connections inherit it. Without it a response of two packets waits for the client's delayed
    # acknowledgement, 40 ms; asyncio sets it only where the socket names its protocol.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
