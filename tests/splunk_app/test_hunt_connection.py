"""| hunt with a container that is hard to reach: what is tried again, and what is not."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.spl.splunkd import command, splunkd
from tests.running_service import TOKEN

HANG_UP, SILENCE = 0, 1
ANSWER = json.dumps({"status": "success", "message": "", "results": "seen\nyes\n"}).encode()


@contextlib.contextmanager
def container(*statuses: int) -> Iterator[tuple[str, list[int]]]:
    """Answers requests with these statuses in turn; its URL, and the statuses that it gave."""
    given: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections stay open
        timeout = 0.3  # seconds without a request

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            given.append(statuses[len(given)])
            if given[-1] == SILENCE:
                time.sleep(1.5)
            if given[-1] in (HANG_UP, SILENCE):
                self.close_connection = True
                return
            self.send_response(given[-1])
            self.send_header("Content-Length", str(len(ANSWER)))
            self.end_headers()
            self.wfile.write(ANSWER)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", given
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_lost_connections_and_busy_gateways_are_tried_again(app):
    with (
        container(HANG_UP, 429, 200) as (url, given),
        splunkd(TOKEN, url=url) as rest,
        command(app, "hunt") as hunt,
    ):
        hunt.getinfo(rest, "any", "n")
        reply = hunt.execute([{"n": "1"}], finished=True)
    assert given == [HANG_UP, 429, 200]
    assert reply.events == [{"n": "1", "seen": "yes"}]


def test_connection_that_was_idle_for_too_long_is_made_anew(app):
    with (
        container(200, 200) as (url, given),
        splunkd(TOKEN, url=url) as rest,
        command(app, "hunt") as hunt,
    ):
        hunt.getinfo(rest, "any", "n")
        hunt.execute([{"n": "1"}])
        time.sleep(0.6)
        reply = hunt.execute([{"n": "2"}], finished=True)
    assert given == [200, 200]
    assert reply.events == [{"n": "2", "seen": "yes"}]


def test_long_silence_is_told_and_not_begun_again(app):
    with (
        container(SILENCE) as (url, given),
        splunkd(TOKEN, url=url, timeout="1") as rest,
        command(app, "huntfit") as fit,
    ):
        fit.getinfo(rest, "any", "n", "into", "x")
        (told,) = fit.execute([{"n": "1"}], finished=True).messages
    assert given == [SILENCE]
    assert "says nothing for 1 seconds: raise timeout in dsdl_hunt.conf" in told


@pytest.mark.parametrize(
    "status, message",
    [
        (401, "refuses the token"),
        (403, "answers 403: something on the way forbids the request"),
        (404, "has no /v1"),
        (413, "answers 413: the rows are too large for a gateway on the way: lower rows"),
        (422, "answers 422"),
        (500, "answers 500"),
    ],
)
def test_refused_requests_are_not_tried_again(app, status, message):
    with (
        container(status) as (url, given),
        splunkd(TOKEN, url=url) as rest,
        command(app, "hunt") as hunt,
    ):
        hunt.getinfo(rest, "any", "n")
        reply = hunt.execute([{"n": "1"}], finished=True)
    assert given == [status]
    assert message in reply.messages[0]


def test_chunk_that_fails_ends_those_behind_it(app):
    with (
        container(200, 422, *[200] * 98) as (url, given),
        splunkd(TOKEN, url=url, rows="1", requests="1") as rest,
        command(app, "hunt") as hunt,
    ):
        hunt.getinfo(rest, "any", "n")
        reply = hunt.execute([{"n": str(n)} for n in range(100)], finished=True)
        assert hunt.end() == 1
    assert "answers 422" in reply.messages[0]
    assert len(given) < 5
