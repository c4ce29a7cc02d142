"""The values of a PowerShell script, and how PowerShell converts them.

`str`, `bool`, `int`, `float` and `None` ($null) stand for themselves, `list` for an array,
`bytearray` for byte[], `dict` for a hashtable with lower-case keys. Conversions raise
UnresolvedError where the result cannot be told, PowerShellError where PowerShell certainly
reports an error.
"""

from __future__ import annotations

import math
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = object

_NUMBER = re.compile(
    r"\s*([+-]?)(?:0x([0-9a-f]{1,16})|(\d{1,25}(?:\.\d{1,25})?(?:e[+-]?\d{1,3})?))\s*\Z",
    re.IGNORECASE,
)


class UnresolvedError(Exception):
    """The value cannot be known without running the script."""


class PowerShellError(Exception):
    """PowerShell would report an error here: the statement has no output, the next one runs."""


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()


class Char(str):
    """[char]: a string of one character that counts as its code."""

    __slots__ = ()


_CHARS = tuple(Char(chr(code)) for code in range(256))


class Ambient(str):
    """Text that belongs to the machine (`$env:ComSpec`) or to .NET (an enum's name).

    Obfuscators pick characters from it. Anything else made of it is left as it stands.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class TypeName:
    """A .NET type: lower case, without `System.`"""

    name: str


@dataclass(frozen=True, slots=True)
class NamedValue:
    """What Get-Variable, Get-Alias and Get-Command return, and a regular expression's match."""

    name: str
    value: Value


def known(value: Value) -> Value:
    if value is UNKNOWN:
        raise UnresolvedError
    return value


def to_text(value: Value) -> str:
    """[string]"""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 1 << 128 else _float_text(float(value))
    if isinstance(value, (list, bytearray)):
        return " ".join(map(to_text, value))
    if isinstance(value, dict):
        return "System.Collections.Hashtable"
    if isinstance(value, TypeName):
        return value.name
    if isinstance(value, NamedValue):
        return value.name
    text = getattr(value, "text", UNKNOWN)  # script blocks and string builders have one
    return to_text(known(text))


def _float_text(value: float) -> str:
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.15g}".upper()


def to_number(value: Value) -> int | float:
    """The operand of an arithmetic operator."""
    if isinstance(value, (int, float)):
        return int(value) if isinstance(value, bool) else value
    if value is None:
        return 0
    if isinstance(value, Ambient):
        raise UnresolvedError
    if isinstance(value, Char):
        return ord(value)
    if isinstance(value, str):
        return _parsed(value)
    raise UnresolvedError


def _parsed(text: str) -> int | float:
    if not text.strip():
        return 0
    if not (match := _NUMBER.match(text)):
        raise PowerShellError
    sign, hexadecimal, decimal = match.groups()
    number: int | float
    if hexadecimal:
        number = int(hexadecimal, 16)
    else:
        number = int(decimal) if decimal.isdecimal() else float(decimal)
    return -number if sign == "-" else number


def bounded(number: int | float) -> int | float:
    """The result of arithmetic: what is too large for an integer type is a [double]."""
    return float(number) if abs(number) >= 1 << 96 else number


def to_int(value: Value) -> int:
    """[int], rounding half to even as .NET does."""
    number = to_number(value)
    if isinstance(number, float):
        if not math.isfinite(number):
            raise UnresolvedError
        number = round(number)
    if abs(number) >= 1 << 64:
        raise UnresolvedError
    return number


def to_char(value: Value) -> Char:
    if isinstance(value, str):
        if len(value) != 1:
            raise PowerShellError
        code = ord(value)
        return _CHARS[code] if code < len(_CHARS) else Char(value)
    code = to_int(value)
    if not 0 <= code < 0x10000:
        raise UnresolvedError
    return _CHARS[code] if code < len(_CHARS) else Char(chr(code))


def to_bool(value: Value) -> bool:
    if isinstance(known(value), Ambient):
        raise UnresolvedError
    if isinstance(value, Char):
        return value != "\0"
    if isinstance(value, (list, bytearray)):
        return len(value) > 1 or (len(value) == 1 and to_bool(value[0]))
    if isinstance(value, (str, int, float)):
        return bool(value)
    return value is not None


def to_list(value: Value) -> list[Value]:
    """The elements that a pipeline or a loop sees; a new list unless it was one."""
    if isinstance(known(value), list):
        return value  # type: ignore[return-value]
    if isinstance(value, bytearray):
        return list(value)
    return [] if value is None else [value]


def to_bytes(value: Value) -> bytearray:
    """[byte[]]"""
    if isinstance(value, bytearray):
        return value
    if isinstance(value, list):
        with suppress(TypeError, ValueError):
            return bytearray(value)
    numbers = [to_int(item) for item in to_list(value)]
    if any(not 0 <= number < 256 for number in numbers):
        raise UnresolvedError
    return bytearray(numbers)


def unwrapped(outputs: list[Value]) -> Value:
    """What a pipeline's output is to its reader: nothing, the one value, or an array."""
    if not outputs:
        return None
    return outputs[0] if len(outputs) == 1 else outputs
