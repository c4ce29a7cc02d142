"""The readable script: the text with what was worked out in the place of what it came from."""

from __future__ import annotations

from collections.abc import Mapping

from .literals import embedded, literal, quoted
from .runtime.run import CONFLICT, Source
from .values import to_text

_PIECE = "'...'"  # of an inner script, which says it whole
_MAX_VARIABLE = 1024  # characters of a value that is repeated wherever its variable is used


def rewritten(source: Source, readable: Mapping[str, str]) -> str:
    """The text of a script with its constants written out; the same object if there are none.

    `readable`: inner scripts with what is written in their place.
    """
    text = source.text
    pieces: list[str] = []
    end = 0
    for start, stop, new in _outermost(_edits(source, readable)):
        if text[start:stop] == new:
            continue
        pieces.append(text[end:start])
        pieces.append(_separated(pieces, new))
        end = stop
    if not pieces:
        return text
    pieces.append(text[end:])
    return "".join(pieces)


def _edits(source: Source, readable: Mapping[str, str]) -> list[tuple[int, int, str]]:
    """(start, end, new text) of everything that could be replaced."""
    edits = [
        (start, end, _written(source, start, end, _inner(value, readable)))
        for (start, end), value in source.values.items()
        if value is not CONFLICT and (start, end) not in source.words
    ]
    edits += [
        (start, end, word) for (start, end), word in source.words.items() if isinstance(word, str)
    ]
    edits += [
        (start, end, quoted(readable[text]))
        for (start, end), text in source.literals.items()
        if readable.get(text, text) != text
    ]
    edits += [
        (start, end, _PIECE)
        for (start, end), text in source.literals.items()
        if "://" in text and text not in readable and any(text in script for script in readable)
    ]
    edits = [edit for edit in edits if not _is_long_variable(source.text, edit)]
    return edits + source.parsed.tidied


def _inner(value: object, readable: Mapping[str, str]) -> object:
    return readable.get(value, value) if isinstance(value, str) else value


def _written(source: Source, start: int, end: int, value: object) -> str:
    if (start, end) in source.parsed.embedded:
        return embedded(to_text(list(value)) if isinstance(value, tuple) else to_text(value))
    return literal(value)


def _is_long_variable(text: str, edit: tuple[int, int, str]) -> bool:
    start, end, new = edit
    return text[start] == "$" and end - start < len(new) and len(new) > _MAX_VARIABLE


def _outermost(edits: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    kept: list[tuple[int, int, str]] = []
    for edit in sorted(edits, key=lambda edit: (edit[0], -edit[1])):
        if not kept or edit[0] >= kept[-1][1]:
            kept.append(edit)
    return kept


def _separated(before: list[str], new: str) -> str:
    """A literal must not run into the word before it: `iex('a'+'b')`."""
    last = next((piece[-1] for piece in reversed(before) if piece), " ")
    return f" {new}" if last.isalnum() and new[:1] in "'@\"" else new
