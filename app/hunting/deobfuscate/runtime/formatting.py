"""The format operator, `'{1}{0}' -f 'b', 'a'`.

Source: .NET composite formatting; of the format strings only those that hide code.
"""

from __future__ import annotations

import re

from ..budget import Budget
from ..values import UnresolvedError, Value, to_int, to_text

_ITEM = re.compile(r"\{\{|\}\}|\{\s*(\d{1,6})\s*(?:,\s*(-?\d{1,6})\s*)?(?::([^{}]*))?\}|[{}]")
_NUMBER_FORMAT = re.compile(r"([DXdx])(\d{0,3})\Z")


def format_text(template: str, arguments: list[Value], budget: Budget) -> str:
    """Raises UnresolvedError where .NET would fail or the format string is not known here."""
    pieces: list[str] = []
    end = 0
    for match in _ITEM.finditer(template):
        budget.spend(1)
        pieces.append(template[end : match.start()])
        pieces.append(_item(match, arguments, budget))
        end = match.end()
    pieces.append(template[end:])
    return "".join(pieces)


def _item(match: re.Match[str], arguments: list[Value], budget: Budget) -> str:
    index, width, specification = match.groups()
    if index is None:
        if len(match.group()) == 1:
            raise UnresolvedError
        return match.group()[0]
    text = _formatted(arguments[int(index)], specification)
    padding = int(width or 0)
    budget.produce(max(len(text), abs(padding)))
    return text.rjust(padding) if padding > 0 else text.ljust(-padding)


def _formatted(value: Value, specification: str | None) -> str:
    if not specification or isinstance(value, str):
        return to_text(value)
    match = _NUMBER_FORMAT.match(specification)
    if not match:
        raise UnresolvedError
    kind, digits = match.groups()
    number = to_int(value)
    if kind in "Xx":
        text = f"{number & 0xFFFFFFFF if number < 0 else number:{kind}}"
    else:
        text = str(abs(number))
    text = text.zfill(int(digits or 0))
    return f"-{text}" if kind in "Dd" and number < 0 else text
