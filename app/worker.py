"""A worker process: runs each search in a fork of itself.

Whatever a module patches, leaves behind or breaks ends with its fork. Here the code of modules is
never imported, and so a worker stays as it was when it started.
"""

import contextlib
import logging
import mmap
import os
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Any

from app import engine, memory, modules, processes, secrets, warm
from app.blackbox import BlackBox
from app.channel import PING, Blocking, read_ahead
from app.duties import Duties

log = logging.getLogger(__name__)

_IDLE_SECONDS = 0.2  # a search that waits goes before that
_NEWS = 1 << 18  # room for the names of a few thousand modules


def main(end: socket.socket, duties: Duties) -> None:
    """Serve jobs until the other end is closed. The first to come there are the black box,
    and the socket through which searches get secrets that the service keeps."""
    logging.basicConfig(format="%(levelname)s: %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C ends the service, which ends its workers
    signal.signal(signal.SIGTERM, _end)
    processes.end_with_parent(signal.SIGTERM)
    processes.adopt_orphans()
    _, descriptors, _, _ = socket.recv_fds(end, 1, 2)
    if not descriptors:  # the service is gone already
        return
    box, keys = descriptors
    secrets.default().ask_through(socket.socket(fileno=keys))
    modules.install(duties.folders.modules)
    channel = Blocking(end)
    with contextlib.suppress(EOFError, ConnectionError):  # until the service is gone
        channel.send({})
        cold = True
        while True:
            if cold and not channel.comes(_IDLE_SECONDS):
                warm.up()
                memory.spare_forks()
                cold = False
            header, chunks = channel.receive()
            if header["command"] == PING:
                _read_rest(chunks)
                channel.send({})
            else:
                _fork(header, channel, chunks, duties, box)


def _fork(
    header: dict[str, Any], channel: Blocking, chunks: Iterator[bytes], duties: Duties, box: int
) -> None:
    """Run a job in a process of its own, and end all that it leaves behind.

    A job that ends before its answer takes this process with it, in the same way: what it has
    read of the channel, and what it has written there, nobody knows.
    """
    with mmap.mmap(-1, _NEWS) as news:
        job = os.fork()
        if not job:
            _run(header, channel, chunks, duties, BlackBox(box), news)
        with contextlib.suppress(ChildProcessError):
            # Its id stays taken for now. One that stopped itself has stopped its clock, too.
            os.waitid(os.P_PID, job, os.WEXITED | os.WSTOPPED | os.WNOWAIT)
        status = _ended(job)
        done, _, names = news[:].rstrip(b"\0").partition(b"\n")
        if not done:
            _follow(status)
        warm.libraries(names.decode().split())


def _ended(job: int) -> int:
    """End the job's session; the exit code of the job as subprocess has it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(job, signal.SIGKILL)
    _, status = os.waitpid(job, 0)
    processes.end_children()
    return os.waitstatus_to_exitcode(status)


def _run(
    header: dict[str, Any],
    channel: Blocking,
    chunks: Iterator[bytes],
    duties: Duties,
    box: BlackBox,
    news: mmap.mmap,
) -> None:
    """Serve one job and exit."""
    try:
        os.setsid()
        processes.end_with_parent(signal.SIGKILL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.register_at_fork(after_in_child=channel.close)  # a child that returns answers nothing
        known = set(sys.modules)
        body = read_ahead(chunks)
        answer = engine.run(header["command"], body, duties, box, header.get("bare"))
        _read_rest(body)  # of a search that failed early
        channel.send({}, answer.json())
        channel.send({"description": answer.describe()})
        names = [name for name in sys.modules if name not in known and not modules.is_model(name)]
        news.write(b"done\n" + "\n".join(names).encode("ascii", "ignore")[: _NEWS - 5])
    except (EOFError, ConnectionError):  # nobody waits for the answer any more
        pass
    except BaseException:
        log.exception("/%s: the worker failed", header["command"])
    finally:
        os._exit(0)


def _follow(exit_code: int) -> None:
    """Exit as the job did."""
    if exit_code < 0:
        with contextlib.suppress(OSError, ValueError):  # SIGKILL has no other way
            signal.signal(-exit_code, signal.SIG_DFL)
        os.kill(os.getpid(), -exit_code)
    os._exit(exit_code)


def _end(*_: object) -> None:
    processes.end_children()
    os._exit(0)


def _read_rest(chunks: Iterator[bytes]) -> None:
    for _ in chunks:
        pass
