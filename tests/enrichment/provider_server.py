"""A server on this machine that stands for providers under their own names, over real TLS.

It is an HTTPS proxy (CONNECT) that answers itself instead of connecting, with certificates of
its own authority. So shipped providers are asked by their own URLs, and nothing leaves.
"""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme


@dataclass(frozen=True)
class Asked:
    """A request as it arrived; `url` is https://host/path?query."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What is answered: after `delay` seconds, and cut off in the middle if `cut`."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0
    cut: bool = False


def json_reply(answer: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(status, json.dumps(answer).encode(), headers)


@dataclass
class ProviderServer:
    """`answer` decides what is answered; `asked` are the requests, in order of arrival."""

    url: str
    authority: Path
    answer: Callable[[Asked], Reply]
    asked: list[Asked] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)  # host:port, as clients wanted them


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up: that is what the tests are about."""


@contextmanager
def provider_server(folder: Path, hosts: list[str]) -> Iterator[ProviderServer]:
    """A running server for these host names; `folder` gets the authority's certificate."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*hosts).configure_cert(context)
    closing = threading.Event()
    state = ProviderServer("", folder / "authority.pem", lambda _: Reply(500))
    server = _Server(("127.0.0.1", 0), _handler(state, context, closing))
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(
    state: ProviderServer, context: ssl.SSLContext, closing: threading.Event
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        host = ""
        timeout = 60

        def do_CONNECT(self) -> None:
            state.connected.append(self.path)
            self.host = self.path.removesuffix(":443")
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile = self.connection.makefile("rb")
            self.wfile = self.connection.makefile("wb", buffering=0)
            self.close_connection = False

        def do_GET(self) -> None:
            self._reply(b"")

        def do_POST(self) -> None:
            self._reply(self.rfile.read(int(self.headers["Content-Length"])))

        def _reply(self, body: bytes) -> None:
            asked = Asked(self.command, f"https://{self.host}{self.path}", self.headers, body)
            state.asked.append(asked)
            reply = state.answer(asked)
            if closing.wait(reply.delay):
                return
            head = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
            length = len(reply.body)
            self.wfile.write(
                f"HTTP/1.1 {reply.status} .\r\n{head}Content-Length: {length}\r\n\r\n".encode()
            )
            self.wfile.write(reply.body[: length // 2] if reply.cut else reply.body)
            self.close_connection = reply.cut

        def finish(self) -> None:
            self.connection.close()

        def log_message(self, *_: Any) -> None:
            """Not to stderr."""

    return Handler
