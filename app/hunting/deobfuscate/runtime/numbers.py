"""[math] and [char]: static methods that calculate."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..values import UnresolvedError, Value, bounded, to_char, to_number

_ROUNDING: dict[str, Callable[[float], float]] = {
    "floor": math.floor,
    "ceiling": math.ceil,
    "truncate": math.trunc,
    "round": lambda number: round(number),
    "abs": lambda number: abs(number),
    "sqrt": math.sqrt,
}
_TESTS: dict[str, Callable[[str], bool]] = {
    "isletter": str.isalpha,
    "isdigit": str.isdigit,
    "isletterordigit": str.isalnum,
    "isupper": str.isupper,
    "islower": str.islower,
    "iswhitespace": str.isspace,
}
_MAX_EXPONENT = 64
_MAX_BASE = 1 << 16


def char_method(name: str, arguments: list[Value]) -> Value:
    """[char]::ToUpper and its like."""
    (value,) = arguments
    char = to_char(value)
    if name in ("toupper", "tolower"):
        return to_char(getattr(str, name[2:])(char))
    if name in ("tostring", "convertfromutf32"):
        return str(char)
    if name in _TESTS:
        return _TESTS[name](char)
    raise UnresolvedError


def math_method(name: str, arguments: list[Value]) -> Value:
    """[math]::Floor and its like."""
    first, *others = [to_number(argument) for argument in arguments]
    if not others and name in _ROUNDING:
        return _ROUNDING[name](first)
    (second,) = others
    if name in ("min", "max"):
        return min(first, second) if name == "min" else max(first, second)
    if name == "pow" and abs(second) <= _MAX_EXPONENT and abs(first) < _MAX_BASE:
        return bounded(first**second)
    raise UnresolvedError
