"""Static methods and properties: [Convert]::FromBase64String, [string]::Join, ..."""

from __future__ import annotations

from ..values import (
    Ambient,
    UnresolvedError,
    Value,
    known,
    to_text,
)
from . import crypto, system_statics, text_statics
from .casts import ENUMS
from .construction import create, text_encoding
from .numbers import char_method, math_method
from .run import Run

_METHODS = {**text_statics.METHODS, **system_statics.METHODS}
_CONSTANTS: dict[str, Value] = {
    "string::empty": "",
    "int32::maxvalue": (1 << 31) - 1,
    "byte::maxvalue": 255,
    "io.path::directoryseparatorchar": "\\",
    "environment::newline": "\r\n",
    "char::minvalue": "\0",
}


def call(type_: str, name: str, arguments: list[Value], run: Run) -> Value:
    """[type]::name(arguments). Raises UnresolvedError if that is not known."""
    for argument in arguments:
        known(argument)
    if name == "new":
        return create(type_, arguments, run)
    if method := _METHODS.get(f"{type_}::{name}"):
        return method(run, arguments)
    if name == "create" and (made := _created(type_, arguments)):
        return made
    if type_ == "char":
        return char_method(name, arguments)
    if type_ == "math":
        return math_method(name, arguments)
    raise UnresolvedError


def _created(type_: str, arguments: list[Value]) -> Value:
    """[Aes]::Create(), or [SymmetricAlgorithm]::Create('AES')"""
    if arguments:
        type_ = f"{type_.rpartition('.')[0]}.{to_text(arguments[0]).lower().rpartition('.')[2]}"
    return crypto.algorithm(type_)


def get(type_: str, name: str) -> Value:
    """[type]::name. Raises UnresolvedError if that is not known."""
    if type_ in ENUMS:
        return Ambient(name)
    if type_ == "text.encoding" and (encoding := text_encoding(name)):
        return encoding
    if f"{type_}::{name}" in _CONSTANTS:
        return _CONSTANTS[f"{type_}::{name}"]
    raise UnresolvedError
