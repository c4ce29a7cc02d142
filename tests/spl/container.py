"""A container that answers what it is told to, over HTTPS, and remembers what it was asked."""

import contextlib
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import trustme


@dataclass
class Asked:
    """One request; `headers` in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class RecordingContainer:
    url: str
    certificate: Path
    asked: list[Asked] = field(default_factory=list)
    status: int = 200
    answer: Any = None
    location: str | None = None

    def results(self, text: str, command: str = "fit") -> None:
        """From now on, answer with these results."""
        message = f"/{command} done successfully"
        self.answer = {"status": "success", "message": message, "results": text}


@contextlib.contextmanager
def recording_container(folder: Path) -> Iterator[RecordingContainer]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    certificate = folder / "ca.pem"
    authority.cert_pem.write_to_path(certificate)
    server = HTTPServer(("localhost", 0), _Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    container = RecordingContainer(f"https://localhost:{server.server_port}", certificate)
    _Handler.container = container
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield container
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    container: RecordingContainer

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.container.asked.append(Asked(self.command, self.path, headers, body))
        answer = self.container.answer
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(self.container.status)
        if self.container.location:
            self.send_header("Location", self.container.location)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _answer  # noqa: N815 (the names that http.server looks for)

    def log_message(self, *_: object) -> None:
        pass
