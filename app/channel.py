"""Messages between the HTTP process and a worker, over a pair of sockets.

A message is a header (JSON) and a body of any length that is passed on in chunks as it comes. On
the wire each of them has its length before it (4 bytes, big-endian); a length of 0 ends the body.
"""

import asyncio
import json
import queue
import select
import socket
import struct
import threading
from collections.abc import Iterable, Iterator
from typing import Any

CHUNK = 1 << 18
PING = "ping"  # the command that any worker answers at once
_AHEAD = 128  # chunks
_LENGTH = struct.Struct(">I")
_END = _LENGTH.pack(0)


class Blocking:
    """The worker's end."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def comes(self, seconds: float) -> bool:
        """Whether a message, or the end, comes within this time."""
        return bool(select.select([self._end], [], [], seconds)[0])

    def receive(self) -> tuple[Any, Iterator[bytes]]:
        """The next message. Its body must be read to the end. Raises EOFError at a closed end.

        Nothing is taken before it is asked for: a forked process may go on reading.
        """
        return json.loads(self._frame()), iter(self._frame, b"")

    def send(self, header: Any, body: Iterable[bytes] = ()) -> None:
        self._end.sendall(_framed(json.dumps(header).encode()))
        for chunk in body:
            self._end.sendall(_framed(chunk))
        self._end.sendall(_END)

    def close(self) -> None:
        """Close this process's copy of the end; sending raises OSError from then on."""
        self._end.close()

    def _frame(self) -> bytes:
        return self._exactly(_LENGTH.unpack(self._exactly(_LENGTH.size))[0])

    def _exactly(self, size: int) -> bytes:
        data = self._end.recv(size, socket.MSG_WAITALL)
        while len(data) < size:  # after a signal
            more = self._end.recv(size - len(data), socket.MSG_WAITALL)
            if not more:
                raise EOFError("the other end is closed")
            data += more
        return data


class Async:
    """The HTTP process's end. Each method raises OSError or EOFError at a closed end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, end: socket.socket) -> "Async":
        return cls(*await asyncio.open_unix_connection(sock=end, limit=2 * CHUNK))

    async def send(self, header: Any) -> None:
        """Begin a message; its body follows, in chunks, up to `end`."""
        await self.send_chunk(json.dumps(header).encode())

    async def send_chunk(self, chunk: bytes) -> None:
        if chunk:
            self._writer.write(_framed(chunk))
            await self._writer.drain()

    async def end(self) -> None:
        self._writer.write(_END)
        await self._writer.drain()

    async def receive(self) -> Any:
        """The header of the next message; its body follows in chunks."""
        return json.loads(await self.receive_chunk())

    async def receive_chunk(self) -> bytes:
        """The next chunk of the body; none at its end."""
        (size,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
        return await self._reader.readexactly(size)

    def abort(self) -> None:
        """Close this end, whatever is still on its way: nothing waits for it any more."""
        self._writer.transport.abort()


def _framed(chunk: bytes) -> bytes:
    return _LENGTH.pack(len(chunk)) + chunk


def read_ahead(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same chunks, taken in by a thread while those before are at work.

    The other process then need not wait for this one at every chunk, nor this one for it: on a
    busy machine each wait is a turn of the scheduler.
    """
    taken: queue.Queue[bytes | BaseException] = queue.Queue(_AHEAD)

    def take() -> None:
        try:
            for chunk in chunks:
                taken.put(chunk)
            taken.put(b"")
        except BaseException as error:  # goes to the reader
            taken.put(error)

    threading.Thread(target=take, daemon=True).start()
    while chunk := taken.get():
        if isinstance(chunk, BaseException):
            raise chunk
        yield chunk
