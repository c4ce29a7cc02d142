"""Carries one search: its body from the client to a worker, the answer back to the client.

Both go through chunk by chunk, as fast as the slower side takes them, and touch no disk. This
process parses neither.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from fastapi import Response
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from app.failures import SearchError
from app.settings import Settings
from app.workers import Worker, Workers

# A client that neither sends nor takes anything for so long is gone.
_STALL_SECONDS = 60
# A worker ends a job that is overdue by itself; so much later it is ended from here.
_GRACE_SECONDS = 10
_MIB = 1 << 20
_SURPLUS_MB = 256  # how much too large a body may be for its client to be told so

log = logging.getLogger(__name__)


class _ClientGoneError(Exception):
    """Nobody waits for the answer."""


class SearchResponse(Response):
    """The answer to POST /<command>. The search runs while it is being sent.

    `learn` is called with what there is to know about the model, if the search succeeds.
    `bare` is what the worker has to know of a body that is rows alone (`app.rows.Rows`).
    """

    def __init__(
        self,
        command: str,
        workers: Workers,
        settings: Settings,
        learn: Callable[[dict[str, Any]], None],
        bare: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self._command = command
        self._workers = workers
        self._settings = settings
        self._learn = learn
        self._bare = bare

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        upload = _Upload(receive, Headers(scope=scope), self._settings.max_body_mb)
        try:
            await self._answer(upload, _Reply(send))
        except _ClientGoneError:
            log.warning("/%s: the client went away; its search is cancelled", self._command)

    async def _answer(self, upload: "_Upload", reply: "_Reply") -> None:
        try:
            upload.check_length()
            if self._bare is None:  # else the worker unpacks it
                upload.check_encoding()
            await self._unless_stopped(self._search(upload, reply))
        except _ClientGoneError:
            raise
        except SearchError as error:
            log.warning("/%s: unable to %s", self._command, error.what)
            await self._fail(error, upload, reply)
        except Exception as error:  # ours to mend, but the search must hear of it
            log.exception("/%s: the service failed", self._command)
            await self._fail(SearchError("run the search", repr(error)), upload, reply)

    async def _unless_stopped(self, search: Coroutine[Any, Any, None]) -> None:
        tasks = asyncio.create_task(search), asyncio.create_task(self._workers.stopping.wait())
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if not tasks[0].done():
                raise SearchError("run the search: the service is being stopped", "ServiceStopped")
            tasks[0].result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _search(self, upload: "_Upload", reply: "_Reply") -> None:
        async with self._workers.borrow() as worker:
            await self._run(worker, upload, reply)

    async def _run(self, worker: Worker, upload: "_Upload", reply: "_Reply") -> None:
        channel = worker.channel
        try:
            await channel.send({"command": self._command, "bare": self._bare})
            async for chunk in upload.chunks():
                await channel.send_chunk(chunk)
            await channel.end()
            await self._header(worker, upload)
            while chunk := await channel.receive_chunk():
                await reply.send(chunk)
        except (OSError, EOFError):
            raise await worker.obituary() from None
        # Only then is it known to /summary, which the client may ask for at once.
        await self._describe(worker, upload)
        await reply.end()

    async def _describe(self, worker: Worker, upload: "_Upload") -> None:
        """Learn what there is to know about the model. The search has its results already."""
        try:
            description = (await self._header(worker, upload))["description"]
            await worker.channel.receive_chunk()
        except (OSError, EOFError, SearchError) as error:
            death = error if isinstance(error, SearchError) else await worker.obituary()
            log.warning("/%s: unable to %s", self._command, death.what)
            reason = f"not known: unable to {death.what}"
            description = {"model": "", "model_summary": reason, "graphics": []}
        if description is not None:
            self._learn(description)

    async def _header(self, worker: Worker, upload: "_Upload") -> dict[str, Any]:
        """What comes before the answer. Raises whatever is the reason if there is none."""
        header = asyncio.create_task(worker.channel.receive())
        gone = asyncio.create_task(upload.client_gone())
        seconds = self._settings.max_job_seconds + _GRACE_SECONDS
        try:
            await asyncio.wait(
                [header, gone, worker.exited], timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if worker.exited.done():  # its last words may still be on their way
                await asyncio.wait([header], timeout=1)
            if header.done():
                return dict(header.result())
            if worker.exited.done():
                raise await worker.obituary()
            if gone.done():
                raise _ClientGoneError
            raise SearchError(f"run the search: it did not end in {seconds} s", "TimeoutError")
        finally:
            header.cancel()
            gone.cancel()

    async def _fail(self, error: SearchError, upload: "_Upload", reply: "_Reply") -> None:
        if reply.started:
            log.error("/%s: the answer breaks off", self._command)
            return
        await upload.drain()
        body = {"status": "error", "message": error.message(self._command)}
        await reply.send(json.dumps(body).encode())
        await reply.end()


class _Upload:
    """The body of the request."""

    def __init__(self, receive: Receive, headers: Headers, max_mb: int) -> None:
        self._receive = receive
        self._length = int(headers.get("content-length", "0"))
        self._encoding = headers.get("content-encoding", "identity")
        self._max_mb = max_mb
        self._complete = False

    def check_length(self) -> None:
        if self._length > self._max_mb * _MIB:
            raise self._too_large()

    def check_encoding(self) -> None:
        if self._encoding.lower() != "identity":
            reason = f"it is packed ({self._encoding:.20}): send it without Content-Encoding"
            raise SearchError("take the body", f"ValueError: {reason}")

    async def chunks(self) -> AsyncIterator[bytes]:
        """Raises _ClientGoneError, and SearchError for a body that is too large."""
        size = 0
        while not self._complete:
            chunk = await self._next()
            size += len(chunk)
            if size > self._max_mb * _MIB:
                raise self._too_large()
            yield chunk

    async def drain(self) -> None:
        """Take what the client still sends: only then does it read an answer."""
        left = (self._max_mb + _SURPLUS_MB) * _MIB
        while not self._complete and left > 0:
            left -= len(await self._next())

    async def client_gone(self) -> None:
        """Wait until the client hangs up."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _next(self) -> bytes:
        try:
            async with asyncio.timeout(_STALL_SECONDS):
                message = await self._receive()
        except TimeoutError:
            raise _ClientGoneError from None
        if message["type"] == "http.disconnect":
            raise _ClientGoneError
        self._complete = not message.get("more_body", False)
        return bytes(message.get("body", b""))

    def _too_large(self) -> SearchError:
        return SearchError(
            "take the body: send fewer rows or fields, or raise MAX_BODY_MB",
            f"OverflowError: the body has more than {self._max_mb} MiB",
        )


class _Reply:
    """The response: 200 and JSON, whatever comes."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def send(self, chunk: bytes, more: bool = True) -> None:
        """Raises _ClientGoneError if the client takes nothing."""
        try:
            async with asyncio.timeout(_STALL_SECONDS):
                await self._start()
                await self._send({"type": "http.response.body", "body": chunk, "more_body": more})
        except OSError:
            raise _ClientGoneError from None

    async def end(self) -> None:
        await self.send(b"", more=False)

    async def _start(self) -> None:
        if not self.started:
            self.started = True
            headers = [(b"content-type", b"application/json")]
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})
