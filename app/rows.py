"""The body of a /v1 request: rows as CSV and nothing else, compressed or not."""

import zlib
from collections.abc import Iterable, Iterator
from typing import IO, Any, cast

import zstandard

from app.body import PIECE, BodyError

ENCODINGS = ("identity", "gzip", "zstd")
_GZIP = 16 + zlib.MAX_WBITS


class Rows:
    """Reads like a file of CSV (UTF-8), unpacked while it arrives; `meta` came before it.

    `only_new` says to leave columns that were sent out of the answer.
    """

    def __init__(
        self, chunks: Iterable[bytes], meta: dict[str, Any], encoding: str, only_new: bool = False
    ) -> None:
        self._meta = meta
        self.only_new = only_new
        self._pieces = _unpacked(chunks, encoding)
        self._piece = memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes of CSV; none at its end. Raises BodyError."""
        if not self._piece:
            self._piece = memoryview(next(self._pieces, b""))
        size = len(self._piece) if size < 0 else size
        taken, self._piece = self._piece[:size], self._piece[size:]
        return bytes(taken)

    def __iter__(self) -> Iterator[bytes]:
        """The rest of the CSV (pandas takes only what can be iterated for a file)."""
        return iter(self.read, b"")

    def meta(self) -> dict[str, Any]:
        """What DSDL would have sent as `meta`."""
        return self._meta


def _unpacked(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The chunks unpacked, in pieces of bounded size: a small body may hold endless rows."""
    if encoding == "identity":
        yield from (chunk for chunk in chunks if chunk)
        return
    try:
        yield from _gunzipped(chunks) if encoding == "gzip" else _unzstd(chunks)
    except (zlib.error, zstandard.ZstdError) as error:
        raise BodyError(
            f"the body is not what Content-Encoding: {encoding} says: {error}"
        ) from error


def _gunzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    unpacking = zlib.decompressobj(_GZIP)
    for chunk in chunks:
        while chunk:
            if piece := unpacking.decompress(chunk, PIECE):
                yield piece
            chunk = unpacking.unconsumed_tail
    if piece := unpacking.flush():
        yield piece
    if not unpacking.eof:
        raise zlib.error("its end is missing")


class _File:
    """Chunks as a file."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._left = b""

    def read(self, size: int) -> bytes:
        data = self._left or next(self._chunks, b"")
        self._left = data[size:]
        return data[:size]


def _unzstd(chunks: Iterable[bytes]) -> Iterator[bytes]:
    unpacking = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(
        cast(IO[bytes], _File(chunks))
    )
    while piece := unpacking.read(PIECE):
        yield piece
