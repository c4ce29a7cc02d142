"""The body of /fit and /apply, read while it arrives: {"data": "<CSV text>", "meta": {...}}.

The CSV text may be hundreds of megabytes. It goes to pandas piece by piece, as UTF-8, and is never
in memory as a whole. What surrounds it is small and goes through Python's own JSON parser.
"""

import json
import re
import secrets
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from app.failures import RefusedError
from app.pieces import Pieces

EXPECTED = 'send {"data": "<CSV text, header row first>", "meta": {...}}'
PIECE = 1 << 18

_PLACEHOLDER = secrets.token_hex(16)  # nobody can send it as a second value
_DATA_KEY = re.compile(rb'"data"\s*:\s*"')
_CANDIDATES = 8
# Where the text of a JSON string can be cut in two: behind a comma, which is part of no escape
# sequence, or before an escaped newline. Greedy, so it finds the last such place.
_CUT = re.compile(rb"(?s).*(?:,|[^\\](?=\\n))")
_CUT_WINDOW = 4096


class BodyError(RefusedError):
    """The body is not what DSDL sends."""


class Body(Pieces):
    """Reads like a file of CSV (UTF-8); `meta` can be had once that has ended.

    Reading raises BodyError.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._buffer = b""
        self._before = b""
        self._meta: Any = None
        super().__init__(self._csv())

    def meta(self) -> dict[str, Any]:
        """What else the search sent, after the CSV was read to its end. Raises BodyError."""
        for _ in self:
            pass
        if not isinstance(self._meta, dict):
            raise BodyError(f"meta is {_name(self._meta)}, not an object: {EXPECTED}")
        return self._meta

    def _csv(self) -> Iterator[bytes]:
        self._fill(PIECE)
        start = self._find_data()
        if start is None:
            yield self._read_whole()
            return
        self._before, self._buffer = self._buffer[:start], self._buffer[start + 1 :]
        yield from self._strings()
        outer = _parse(self._before + json.dumps(_PLACEHOLDER).encode() + self._rest())
        if outer.get("data") != _PLACEHOLDER:
            raise BodyError(f"there are two keys named data: {EXPECTED}")
        self._meta = outer.get("meta")

    def _find_data(self) -> int | None:
        """Where the text of the top-level key `data` starts, its quote.

        A key is a top-level one if what stands before it makes an object when it is closed.
        """
        for _, match in zip(range(_CANDIDATES), _DATA_KEY.finditer(self._buffer), strict=False):
            before = self._buffer[: match.start()].rstrip().removesuffix(b",")
            try:
                _parse(before + b"}")
            except BodyError:
                continue
            return match.end() - 1
        return None

    def _strings(self) -> Iterator[bytes]:
        """The text of data, unescaped, up to its closing quote."""
        while True:
            cut = self._cut()
            piece = self._buffer[:cut]
            try:
                text = orjson.loads(b'"%b"' % piece).encode()
            except orjson.JSONDecodeError:
                end = _closing_quote(self._buffer)
                if end is not None:
                    yield _unescape(self._buffer[:end])
                    self._buffer = self._buffer[end + 1 :]
                    return
                text = _unescape(piece)
            self._buffer = self._buffer[cut:]
            yield text

    def _cut(self) -> int:
        """How much of the buffer can be unescaped by itself. Fills it until there is something."""
        size = PIECE
        while True:
            complete = not self._fill(size)
            if complete and not self._buffer:
                raise BodyError(f"the text of data has no end: {EXPECTED}")
            window = max(0, len(self._buffer) - _CUT_WINDOW)
            cut = _CUT.match(self._buffer, window) or _CUT.match(self._buffer)
            if cut:
                return cut.end()
            if complete:
                return len(self._buffer)
            size *= 2

    def _fill(self, size: int) -> bool:
        """Read on until the buffer holds `size` bytes; whether there may be more to come."""
        parts, length = [self._buffer], len(self._buffer)
        while length < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            parts.append(chunk)
            length += len(chunk)
        self._buffer = b"".join(parts)
        return length >= size

    def _rest(self) -> bytes:
        return b"".join([self._buffer, *self._chunks])

    def _read_whole(self) -> bytes:
        """The CSV of a body whose layout does not show where its data starts."""
        outer = _parse(self._rest())
        data = outer.get("data")
        if not isinstance(data, str):
            raise BodyError(f"data is {_name(data)}, not a string: {EXPECTED}")
        self._meta = outer.get("meta")
        return _utf8(data)


def _parse(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BodyError(f"{error}: {EXPECTED}") from error
    if not isinstance(value, dict):
        raise BodyError(f"the body is {_name(value)}, not an object: {EXPECTED}")
    return value


def _closing_quote(text: bytes) -> int | None:
    """Where the string that `text` is the inside of ends, if it does."""
    masked = text.replace(rb"\\", b"..").replace(rb"\"", b"..")
    position = masked.find(b'"')
    return None if position < 0 else position


def _unescape(text: bytes) -> bytes:
    """As orjson does, but with room for what Python's parser allows: half a surrogate pair."""
    try:
        value = json.loads(b'"%b"' % text)
    except ValueError as error:
        raise BodyError(f"in the text of data: {error}") from error
    return _utf8(value)


def _utf8(text: str) -> bytes:
    """UTF-8, with U+FFFD for each half of a surrogate pair: one bad character is no reason to
    lose a search."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _name(value: Any) -> str:
    kinds = {dict: "an object", list: "an array", str: "a string", type(None): "missing"}
    return kinds.get(type(value), f"{value!r:.50}")
