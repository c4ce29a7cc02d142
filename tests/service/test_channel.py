"""Messages between the HTTP process and a worker."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from app.channel import Async, Blocking, read_ahead

BODY = [b"x", b"y" * 300_000, b"z" * 70_000]


def test_messages_there_and_back() -> None:
    async def ask(end: socket.socket) -> list[object]:
        channel = await Async.over(end)
        for number in range(2):
            await channel.send({"number": number})
            for chunk in [*BODY, b""]:
                await channel.send_chunk(chunk)
            await channel.end()
        got: list[object] = []
        for _ in range(2):
            got.append(await channel.receive())
            while chunk := await channel.receive_chunk():
                got.append(chunk)
        channel.abort()
        return got

    def answer(end: socket.socket) -> None:
        channel = Blocking(end)
        for _ in range(2):
            header, chunks = channel.receive()
            channel.send(header, list(chunks))

    async def both() -> list[object]:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            got, _ = await asyncio.gather(ask(ours), asyncio.to_thread(answer, theirs))
        return got

    assert asyncio.run(both()) == [{"number": 0}, *BODY, {"number": 1}, *BODY]


def test_message_that_is_cut_off() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        with ours:
            ours.sendall(b"\0\0\0\x02{}\0\0\0\x05abc")
        header, chunks = Blocking(theirs).receive()
        assert header == {}
        with pytest.raises(EOFError):
            list(chunks)


def test_read_ahead_gives_the_same_chunks() -> None:
    assert list(read_ahead(iter(BODY * 100))) == BODY * 100


def test_read_ahead_raises_what_its_source_raises() -> None:
    def source() -> Iterator[bytes]:
        yield b"x"
        raise EOFError("cut off")

    chunks = read_ahead(source())
    assert next(chunks) == b"x"
    with pytest.raises(EOFError, match="cut off"):
        next(chunks)
