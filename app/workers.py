"""The worker processes: as many as `api_workers`, each replaced when it ends.

Every worker has a channel of its own, so that nothing that happens to one reaches another. (Shared
process pools were tried: pebble 5.2 never answers a job whose process exits with code 0, and a
worker that is killed while it holds the pool's lock stops the pool.) New processes are forked from
a server process that has loaded pandas; that takes milliseconds.
"""

import asyncio
import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import BinaryIO

from app import links, secrets
from app.blackbox import LastWords, last_words
from app.channel import PING, Async
from app.duties import Duties
from app.failures import SearchError
from app.settings import Settings

# What new worker processes are born with.
_PRELOADED = ["app.warm", "app.worker"]
_BUFFER = 1 << 22  # the system may allow less
_START_SECONDS = 120
_RETRY_SECONDS = 1
_STOP_SECONDS = 2
_PING_SECONDS = 30  # it may be importing a large library

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Worker:
    """A worker process, as the HTTP process sees it. `exited` comes to say why it ended."""

    process: ForkServerProcess
    channel: Async
    exited: asyncio.Future[LastWords]

    def kill(self) -> None:
        if not self.exited.done():
            self.process.terminate()  # it ends its job, too
            if self.process.pid:
                with contextlib.suppress(
                    ProcessLookupError
                ):  # it ends, even if a module stopped it
                    os.kill(self.process.pid, signal.SIGCONT)

    async def end(self) -> None:
        self.kill()
        done, _ = await asyncio.wait([self.exited], timeout=_STOP_SECONDS)
        if not done:
            self.process.kill()
            await asyncio.wait([self.exited])

    async def ping(self) -> bool:
        """Whether it lives and listens; a module may have left anything behind. If not, it ends."""
        try:
            async with asyncio.timeout(_PING_SECONDS):
                await self.channel.send({"command": PING})
                await self.channel.end()
                await self.channel.receive()
                await self.channel.receive_chunk()
        except (OSError, EOFError):
            self.kill()
            return False
        except asyncio.CancelledError:
            self.kill()  # its answer would come out of turn
            raise
        return True

    async def obituary(self) -> SearchError:
        """Why the search that ran there has no answer. Ends the process if it still runs."""
        done, _ = await asyncio.wait([self.exited], timeout=_STOP_SECONDS)
        await self.end()
        words = await self.exited
        reason = words.reason if done else "it closed the connection to the service"
        return SearchError(f"{words.step}: {reason}", words.exception)


class Workers:
    """Use as an asynchronous context: leaving it ends all processes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(_PRELOADED)
        # Threads of linear algebra wait for one another longer than searches' matrices take, and
        # take the cores from other searches.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        self._idle: asyncio.LifoQueue[Worker] = asyncio.LifoQueue()  # the last used is warm
        self._alive: set[Worker] = set()
        self._keepers: list[asyncio.Task[None]] = []
        self.stopping = asyncio.Event()  # no search goes on after that

    async def __aenter__(self) -> "Workers":
        count = self._settings.api_workers
        self._keepers = [asyncio.create_task(self._keep()) for _ in range(count)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)

    @property
    def ready(self) -> bool:
        """Whether there is a worker to run a search, now or after the one that it is at."""
        return bool(self._alive)

    @property
    def counts(self) -> tuple[int, int, int]:
        """Workers that there should be, that run, and that wait for a search."""
        return self._settings.api_workers, len(self._alive), self._idle.qsize()

    @contextlib.asynccontextmanager
    async def borrow(self) -> AsyncIterator[Worker]:
        """A worker of one's own. An exception inside ends its process; another takes its place."""
        worker = await self._idle.get()
        while worker.exited.done() or not await worker.ping():
            worker = await self._idle.get()
        try:
            yield worker
        except BaseException:
            worker.kill()
            raise
        self._idle.put_nowait(worker)

    async def _keep(self) -> None:
        """Have one worker at any time."""
        while True:
            try:
                async with _started(self._context, self._duties()) as new:
                    self._alive.add(new)
                    self._idle.put_nowait(new)
                    await asyncio.wait([new.exited])
                    self._alive.discard(new)
            except Exception:
                log.exception("a worker process does not start")
                await asyncio.sleep(_RETRY_SECONDS)

    def _duties(self) -> Duties:
        return Duties(
            self._settings.folders,
            self._settings.max_job_seconds,
            self._settings.max_job_memory_mb,
            links.key(self._settings.api_token),
            self._settings.link_seconds,
        )


@contextlib.asynccontextmanager
async def _started(context: ForkServerContext, duties: Duties) -> AsyncIterator[Worker]:
    """A new worker that has said that it is ready; its process ends with the context."""
    with contextlib.ExitStack() as stack:
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        channel = await Async.over(ours)
        # Not at once: an answer may still be in it.
        stack.callback(asyncio.get_running_loop().call_later, _STOP_SECONDS, channel.abort)
        box = stack.enter_context(tempfile.TemporaryFile())
        keys = stack.enter_context(secrets.default().shared())
        process = context.Process(target=_work, args=(theirs, duties))
        with theirs:
            await _start(process)
        stack.callback(process.close)
        socket.send_fds(ours, [b"\0"], [box.fileno(), keys.fileno()])
        new = Worker(process, channel, _end_of(process, box, duties))
        try:
            async with asyncio.timeout(_START_SECONDS):
                await channel.receive()
                await channel.receive_chunk()
            yield new
        finally:
            await new.end()


async def _start(process: ForkServerProcess) -> None:
    """Start it. If that is cancelled, it ends: nobody else would end it, Python waits for it."""
    start = asyncio.create_task(asyncio.to_thread(process.start))
    try:
        await asyncio.shield(start)
    except asyncio.CancelledError:
        await asyncio.wait([start])
        if process.pid:
            process.kill()
        raise


def _work(end: socket.socket, duties: Duties) -> None:
    from app import worker  # pandas has no place in the HTTP process

    worker.main(end, duties)


def _end_of(process: ForkServerProcess, box: BinaryIO, duties: Duties) -> asyncio.Future[LastWords]:
    """Comes when the process has ended."""
    loop = asyncio.get_running_loop()
    end: asyncio.Future[LastWords] = loop.create_future()

    def on_exit() -> None:
        loop.remove_reader(process.sentinel)
        process.join()
        end.set_result(last_words(box.fileno(), process.exitcode, duties.folders.modules))

    loop.add_reader(process.sentinel, on_exit)
    return end
