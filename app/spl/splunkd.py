"""Stands in for splunkd, in the demo and the tests: runs a search command over the chunked protocol
(v2) on its stdin and stdout, and answers for conf files and storage/passwords by REST."""

import contextlib
import csv
import io
import json
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

SESSION = "a-session-key"
Event = dict[str, str | list[str]]
_HEADER = re.compile(rb"chunked 1\.0,(\d+),(\d+)\n")


@dataclass
class Splunkd:
    """Where the REST endpoints are, and what they give."""

    uri: str
    conf: dict[str, str]
    token: str


@contextlib.contextmanager
def splunkd(token: str, **conf: str) -> Iterator[Splunkd]:
    """The REST side, with dsdl_hunt.conf as given."""
    defaults = {"timeout": "60", "rows": "5000", "requests": "4", "distributed": "0"}
    state = Splunkd("", {**defaults, **conf}, token)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            entries = _entries(state, self.path.partition("?")[0])
            allowed = self.headers["Authorization"] == f"Splunk {SESSION}"
            status = 401 if not allowed else 404 if entries is None else 200
            body = json.dumps({"entry": entries or []}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.uri = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _entries(state: Splunkd, path: str) -> list[dict[str, Any]] | None:
    if path == "/servicesNS/nobody/dsdl_hunt/configs/conf-dsdl_hunt/container":
        return [{"name": "container", "content": state.conf}]
    if path == "/servicesNS/nobody/dsdl_hunt/storage/passwords":
        content = {"realm": "dsdl_hunt", "username": "api_token", "clear_password": state.token}
        other = {"realm": "other", "username": "x", "clear_password": "wrong"}
        return [{"content": other}, *([{"content": content}] if state.token else [])]
    return None


@dataclass
class Reply:
    """Metadata and events of one chunk."""

    metadata: dict[str, Any]
    events: list[Event]

    @property
    def messages(self) -> list[str]:
        """What the search shows: `LEVEL text`."""
        told = self.metadata.get("inspector", {}).get("messages", [])
        return [f"{level} {text}" for level, text in told]


@dataclass
class Command:
    """A running search command."""

    process: subprocess.Popen[bytes]
    replies: list[Reply] = field(default_factory=list)

    def getinfo(self, rest: Splunkd, *arguments: str, **searchinfo: object) -> Reply:
        info = {
            "args": list(arguments),
            "raw_args": list(arguments),
            "dispatch_dir": tempfile.gettempdir(),
            "sid": "1.1",
            "app": "search",
            "owner": "admin",
            "username": "admin",
            "session_key": SESSION,
            "splunkd_uri": rest.uri,
            "splunk_version": "9.4.0",
            "search": "search%20*",
            "command": "hunt",
            "maxresultrows": 50000,
            "earliest_time": "0",
            "latest_time": "0",
            **searchinfo,
        }
        return self.ask({"action": "getinfo", "preview": False, "searchinfo": info})

    def execute(self, events: list[Event], finished: bool = False, **more: object) -> Reply:
        """Send a chunk and take the reply."""
        return self.ask({"action": "execute", "finished": finished, **more}, encoded(events))

    def ask(self, metadata: dict[str, Any], body: bytes = b"") -> Reply:
        self.send(metadata, body)
        return self.reply()

    def send(self, metadata: dict[str, Any], body: bytes = b"") -> None:
        head = json.dumps(metadata).encode()
        _pipe(self.process.stdin).write(
            b"chunked 1.0,%d,%d\n" % (len(head), len(body)) + head + body
        )
        _pipe(self.process.stdin).flush()

    def reply(self) -> Reply:
        metadata, events = self.raw_reply()
        return Reply(metadata, decoded(events))

    def raw_reply(self) -> tuple[dict[str, Any], bytes]:
        """The next reply, its events as they are."""
        line = _pipe(self.process.stdout).readline()
        found = _HEADER.fullmatch(line)
        if not found:
            raise OSError(f"no chunk but {line!r}: {_pipe(self.process.stderr).read()!r}")
        metadata = json.loads(_pipe(self.process.stdout).read(int(found[1])) or b"{}")
        return metadata, _pipe(self.process.stdout).read(int(found[2]))

    def end(self) -> int:
        """Close its stdin, as splunkd does; its exit code."""
        with contextlib.suppress(BrokenPipeError):
            _pipe(self.process.stdin).close()
        return self.process.wait(20)


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise OSError("the command has no pipes")
    return stream


@contextlib.contextmanager
def command(app: Path, name: str, python: str = sys.executable) -> Iterator[Command]:
    """A process of a command of the app."""
    process = subprocess.Popen(  # noqa: S603 (our own command)
        [python, "-W", "ignore", str(app / "bin" / f"{name}.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=app / "bin",
    )
    try:
        yield Command(process)
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(BrokenPipeError):
                _pipe(stream).close()


def encoded(events: Iterable[Event]) -> bytes:
    """Events as splunkd writes them: with a column __mv_<field> beside each field."""
    events = list(events)
    names = list(dict.fromkeys(name for event in events for name in event))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    if events:
        writer.writerow([column for name in names for column in (name, f"__mv_{name}")])
    for event in events:
        writer.writerow([cell for name in names for cell in _cells(event.get(name, ""))])
    return text.getvalue().encode()


def _cells(value: str | list[str]) -> tuple[str, str]:
    if isinstance(value, str):
        return value, ""
    return "\n".join(value), ";".join("${}$".format(part.replace("$", "$$")) for part in value)


def decoded(body: bytes) -> list[Event]:
    """Events as splunkd reads them."""
    rows = csv.reader(io.StringIO(body.decode(), newline=""))
    names = next(rows, [])
    return [event(dict(zip(names, row, strict=True))) for row in rows]


def event(cells: dict[str, str]) -> Event:
    """An event of one row: {column: cell}."""
    found: Event = {}
    for name, value in cells.items():
        if name.startswith("__mv_"):
            if value:
                parts = re.findall(r"\$((?:\$\$|[^$])*)\$(?:;|$)", value)
                found[name[5:]] = [part.replace("$$", "$") for part in parts]
        else:
            found[name] = value
    return found
