"""Casts, `-as`, and how type names are written."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from ..values import (
    UNKNOWN,
    Ambient,
    TypeName,
    UnresolvedError,
    Value,
    known,
    to_bool,
    to_bytes,
    to_char,
    to_int,
    to_list,
    to_number,
    to_text,
)
from . import documents
from .objects import Pattern, Stream
from .run import Run

_INTEGERS = {
    "byte": (0, 0xFF),
    "sbyte": (-0x80, 0x7F),
    "int16": (-0x8000, 0x7FFF),
    "uint16": (0, 0xFFFF),
    "int32": (-(1 << 31), (1 << 31) - 1),
    "uint32": (0, (1 << 32) - 1),
    "int64": (-(1 << 63), (1 << 63) - 1),
    "uint64": (0, (1 << 64) - 1),
    "numerics.biginteger": (-(1 << 64), 1 << 64),
}
_SYNONYMS = {
    "int": "int32",
    "uint": "uint32",
    "short": "int16",
    "ushort": "uint16",
    "long": "int64",
    "ulong": "uint64",
    "bigint": "numerics.biginteger",
    "bool": "boolean",
    "regex": "text.regularexpressions.regex",
    "scriptblock": "management.automation.scriptblock",
    "float": "single",
}
ENUMS = frozenset(
    {
        "io.compression.compressionmode",
        "security.cryptography.ciphermode",
        "security.cryptography.paddingmode",
        "security.cryptography.cryptostreammode",
        "stringsplitoptions",
        "text.regularexpressions.regexoptions",
        "io.seekorigin",
        "io.filemode",
        "globalization.numberstyles",
    }
)
_NAMESPACE = "system."


@lru_cache(maxsize=1024)
def type_name(written: str) -> str:
    """The name that this package knows a type by: lower case, no namespace `System`."""
    name = "".join(written.split()).lower().removeprefix(_NAMESPACE).replace("`1", "")
    element, bracket, rest = name.partition("[")
    return _SYNONYMS.get(element, element) + bracket + rest.replace(_NAMESPACE, "")


def cast(name: str, value: Value, run: Run) -> Value:
    """The value as the type `name` (see type_name). Raises UnresolvedError if it cannot be told."""
    if name == "void":
        return None
    known(value)
    if name in _INTEGERS:
        return _integer(value, *_INTEGERS[name])
    if name in ENUMS:
        return Ambient(to_text(value))
    if converter := _CONVERTERS.get(name):
        return converter(value, run)
    if name.endswith("[]"):
        return _array(name[:-2], value, run)
    raise UnresolvedError


def _integer(value: Value, lowest: int, highest: int) -> int:
    number = to_int(value[0] if isinstance(value, list) and len(value) == 1 else value)
    if not lowest <= number <= highest:
        raise UnresolvedError
    return number


def _array(element: str, value: Value, run: Run) -> Value:
    if element == "byte":
        if not isinstance(value, bytearray):
            run.step("bytes")
        return to_bytes(value)
    if element == "char" and isinstance(value, str):
        run.budget.produce(8 * len(value))
        run.step("char")
        return [to_char(char) for char in value]
    items = to_list(value)
    run.budget.spend(len(items))
    return [cast(element, item, run) if item is not UNKNOWN else UNKNOWN for item in items]


def _char(value: Value, run: Run) -> Value:
    run.step("char")
    return to_char(value)


def _string(value: Value, run: Run) -> Value:
    if isinstance(value, Ambient):
        return value
    text = run.text(value)
    run.budget.produce(len(text))
    return str(text)


def _block(value: Value, run: Run) -> Value:
    return run.block(to_text(value))


def _type(value: Value, run: Run) -> Value:
    return value if isinstance(value, TypeName) else TypeName(type_name(to_text(value)))


def _unchanged(value: Value, run: Run) -> Value:
    return value


_CONVERTERS: dict[str, Callable[[Value, Run], Value]] = {
    "char": _char,
    "string": _string,
    "boolean": lambda value, run: to_bool(value),
    "double": lambda value, run: float(to_number(value)),
    "single": lambda value, run: float(to_number(value)),
    "decimal": lambda value, run: to_number(value),
    "array": lambda value, run: to_list(value),
    "object[]": lambda value, run: to_list(value),
    "object": _unchanged,
    "psobject": _unchanged,
    "pscustomobject": _unchanged,
    "management.automation.pscustomobject": _unchanged,
    "ordered": _unchanged,
    "hashtable": _unchanged,
    "type": _type,
    "xml": lambda value, run: documents.from_xml(to_text(value), run),
    "xml.xmldocument": lambda value, run: documents.from_xml(to_text(value), run),
    "management.automation.scriptblock": _block,
    "text.regularexpressions.regex": lambda value, run: Pattern(to_text(value), False),
    "io.memorystream": lambda value, run: Stream(to_bytes(value)),
    "collections.arraylist": lambda value, run: list(to_list(value)),
    **{
        f"collections.generic.list[{element}]": lambda value, run: list(to_list(value))
        for element in ("byte", "char", "string", "object", "int32")
    },
}
