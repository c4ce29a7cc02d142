"""Local servers that behave as Team Cymru's and a registry's do, and worse."""

import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HEADER = "Bulk mode; whois.cymru.com [2026-01-01 00:00:00 +0000]\n"
Talk = Callable[[socket.socket], None]


def asked(connection: socket.socket) -> list[str]:
    """The addresses of one request, read to its end."""
    lines = read_lines(connection)
    assert [next(lines), next(lines)] == ["begin", "verbose"]
    return list(lines)


def read_lines(connection: socket.socket) -> Iterator[str]:
    with connection.makefile("r", newline="\r\n") as file:
        for line in file:
            if line.strip() == "end":
                return
            yield line.strip()


def answer(
    address: str, asn: str = "20473", name: str = "AS-CHOOPA, US", prefix: str = "192.0.2.0/24"
) -> str:
    return f"{asn:<7} | {address:<16} | {prefix:<19} | US | arin     | 2014-03-13 | {name}\n"


@contextmanager
def whois_server(talk: Talk) -> Iterator[tuple[str, int]]:
    """Serves one connection after the other by `talk`."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            talk(self.request)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[0], server.server_address[1]
        server.shutdown()
        thread.join()


def cymru(connection: socket.socket) -> None:
    """Answers every address, the odd ones with NA."""
    lines = [HEADER]
    for address in asked(connection):
        odd = int(address.rpartition(".")[2] or 0) % 2
        line = f"NA      | {address} | NA | | other | | NA\n" if odd else answer(address)
        lines.append(line)
    connection.sendall("".join(lines).encode())


Reply = tuple[int, dict[str, str], bytes]


@contextmanager
def registry(replies: dict[str, Reply]) -> Iterator[tuple[str, list[str]]]:
    """An RDAP service: its URL, and the paths that were asked for."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            status, headers, body = replies.get(self.path, (404, {}, b"{}"))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/ip/", paths
        server.shutdown()
        thread.join()


def found(**document: object) -> Reply:
    return 200, {"Content-Type": "application/rdap+json"}, json.dumps(document).encode()
