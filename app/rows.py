"""The body of a /v1 request: rows as CSV and nothing else, compressed or not."""

import zlib
from collections.abc import Iterable, Iterator
from typing import IO, Any, cast

import zstandard

from app.body import PIECE, BodyError
from app.pieces import Pieces

ENCODINGS = ("identity", "gzip", "zstd")
_GZIP = 16 + zlib.MAX_WBITS


class Rows(Pieces):
    """Reads like a file of CSV (UTF-8), unpacked while it arrives; `meta` came before it.

    Reading raises BodyError.

    `only_new` says to leave columns that were sent out of the answer.
    """

    def __init__(
        self, chunks: Iterable[bytes], meta: dict[str, Any], encoding: str, only_new: bool = False
    ) -> None:
        self._meta = meta
        self.only_new = only_new
        super().__init__(_unpacked(chunks, encoding))

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


def _unzstd(chunks: Iterable[bytes]) -> Iterator[bytes]:
    unpacking = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(
        cast(IO[bytes], Pieces(iter(chunks)))
    )
    while piece := unpacking.read(PIECE):
        yield piece
