"""A worker process: takes one job after the other from its channel."""

import contextlib
import gc
import logging
import signal
import socket
from collections.abc import Iterator

from app import engine, memory, modules
from app.blackbox import BlackBox
from app.channel import PING, Blocking, read_ahead
from app.duties import Duties


def main(end: socket.socket, duties: Duties) -> None:
    """Serve jobs until the other end is closed. The first thing to come there is the black box."""
    logging.basicConfig(format="%(levelname)s: %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C ends the service, which ends its workers
    _, (descriptor, *_), _, _ = socket.recv_fds(end, 1, 1)
    box = BlackBox(descriptor)
    modules.install(duties.folders.modules)
    channel = Blocking(end)
    gc.freeze()  # what is loaded now stays: looking through it after every job takes 10 ms
    channel.send({})
    with contextlib.suppress(EOFError, ConnectionError):  # until the service is gone
        while True:
            _serve_one(channel, duties, box)
            memory.release()


def _serve_one(channel: Blocking, duties: Duties, box: BlackBox) -> None:
    header, chunks = channel.receive()
    if header["command"] == PING:
        _read_rest(chunks)
        channel.send({})
        return
    body = read_ahead(chunks)
    answer = engine.run(header["command"], body, duties, box)
    _read_rest(body)  # of a search that failed early
    channel.send({"description": answer.description}, answer.json())


def _read_rest(chunks: Iterator[bytes]) -> None:
    for _ in chunks:
        pass
