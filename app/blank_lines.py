"""Rows that are nothing but blanks, in CSV of one column.

pandas takes a line of blanks for no row at all, and every answer behind it would stand beside the
wrong event. DSDL writes such a value without quotes (and an empty one with them): here it gets
quotes, which is what pandas needs to see a row.
"""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any

from app.pieces import Pieces

_PIECE = 1 << 18
_BLANKS = b" \t"
_BLANK = re.compile(rb"([ \t]+)(\r?)")


def quoted(source: Any) -> Pieces:
    """What a file-like object of CSV gives, with quotes around values of blanks alone."""
    pieces = iter(partial(source.read, _PIECE), b"")
    head = b""
    while b"\n" not in head and (piece := next(pieces, b"")):
        head += piece
    whole = chain([head], pieces)
    has_one_column = b"," not in head.partition(b"\n")[0]
    return Pieces(_with_quotes(_lines(whole)) if has_one_column else whole)


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces, cut where lines end."""
    begun: list[bytes] = []
    for piece in pieces:
        lines, end, rest = piece.rpartition(b"\n")
        if end:
            yield b"".join([*begun, lines, end])
            begun = [rest]
        else:
            begun.append(piece)
    if last := b"".join(begun):
        yield last


def _with_quotes(pieces: Iterable[bytes]) -> Iterator[bytes]:
    within = False  # a value that has begun with a quote
    for piece in pieces:
        if piece[:1] in _BLANKS or any(b"\n%c" % blank in piece for blank in _BLANKS):
            lines = piece.split(b"\n")
            for place, line in enumerate(lines[:-1]):
                if not within and (blank := _BLANK.fullmatch(line)):
                    lines[place] = b'"%s"%s' % blank.groups()
                within ^= line.count(b'"') % 2 == 1
            yield b"\n".join(lines)
        else:
            within ^= piece.count(b'"') % 2 == 1
            yield piece
