"""Static methods of arrays, memory, environment, encodings, hashes and code."""

from __future__ import annotations

from collections.abc import Callable

from ..values import (
    TypeName,
    UnresolvedError,
    Value,
    to_bytes,
    to_int,
    to_list,
    to_text,
)
from . import crypto
from .casts import cast, type_name
from .construction import text_encoding
from .objects import Engine, Hasher, Pointer, SecureString
from .run import MISSING, Run
from .variables import find_variable

Static = Callable[[Run, list[Value]], Value]


def _reverse(run: Run, arguments: list[Value]) -> Value:
    array = arguments[0]
    if not isinstance(array, (list, bytearray)):
        raise UnresolvedError
    run.step("reverse")
    array.reverse()
    return None


def _reversed(run: Run, arguments: list[Value]) -> Value:
    run.step("reverse")
    return to_list(arguments[0])[::-1]


def _copy(run: Run, arguments: list[Value]) -> Value:
    """Copy(source, target, count), with offsets before both arrays' counts if there are five."""
    if len(arguments) == 3:
        source, target, count = arguments
        start = offset = 0
    else:
        source, from_, target, to, count = arguments
        start, offset = to_int(from_), to_int(to)
    if not isinstance(source, bytearray) or not isinstance(target, bytearray):
        raise UnresolvedError
    size = to_int(count)
    if min(start, offset, size) < 0 or offset + size > len(target) or start + size > len(source):
        raise UnresolvedError
    target[offset : offset + size] = source[start : start + size]
    return None


def _encoding(run: Run, arguments: list[Value]) -> Value:
    found = text_encoding(to_text(arguments[0]).lower())
    if found is None:
        raise UnresolvedError
    return found


def _expose(run: Run, arguments: list[Value]) -> Value:
    """SecureStringToBSTR and its like."""
    secret = arguments[0]
    if not isinstance(secret, SecureString):
        raise UnresolvedError
    return Pointer(secret.content)


def _read_pointer(run: Run, arguments: list[Value]) -> Value:
    pointer = arguments[0]
    if not isinstance(pointer, Pointer):
        raise UnresolvedError
    return pointer.content


def _expose_or_read(run: Run, arguments: list[Value]) -> Value:
    """A method of [Marshal] whose name is hidden: its argument tells which one it is."""
    is_secret = isinstance(arguments[0], SecureString)
    return _expose(run, arguments) if is_secret else _read_pointer(run, arguments)


def _environment_variable(run: Run, arguments: list[Value]) -> Value:
    name = to_text(arguments[0]).lower()
    value = find_variable(f"env:{name}", run)
    if value is MISSING:
        raise UnresolvedError
    return value


def _set_environment_variable(run: Run, arguments: list[Value]) -> Value:
    run.set(f"env:{to_text(arguments[0]).lower()}", arguments[1])
    return None


def _hash_data(name: str) -> Static:
    return lambda run, arguments: crypto.digest(Hasher(name), bytes(to_bytes(arguments[0])))


def _bytes_of_number(run: Run, arguments: list[Value]) -> Value:
    number = arguments[0]
    size = 2 if isinstance(number, str) else 4
    return bytearray(to_int(number).to_bytes(size, "little", signed=to_int(number) < 0))


def _hex_dump(run: Run, arguments: list[Value]) -> Value:
    data = to_bytes(arguments[0])
    run.budget.produce(3 * len(data))
    return data.hex("-").upper() if data else ""


def _new_block(run: Run, arguments: list[Value]) -> Value:
    return cast("management.automation.scriptblock", arguments[0], run)


def _get_type(run: Run, arguments: list[Value]) -> Value:
    return TypeName(type_name(to_text(arguments[0])))


METHODS: dict[str, Static] = {
    "array::reverse": _reverse,
    "array::copy": _copy,
    "buffer::blockcopy": _copy,
    "linq.enumerable::reverse": _reversed,
    "text.encoding::getencoding": _encoding,
    "bitconverter::tostring": _hex_dump,
    "bitconverter::getbytes": _bytes_of_number,
    "management.automation.scriptblock::create": _new_block,
    "powershell::create": lambda run, arguments: Engine(),
    "management.automation.powershell::create": lambda run, arguments: Engine(),
    "type::gettype": _get_type,
    "security.cryptography.sha256::hashdata": _hash_data("sha256"),
    "security.cryptography.md5::hashdata": _hash_data("md5"),
    "runtime.interopservices.marshal::?": _expose_or_read,
    "environment::getenvironmentvariable": _environment_variable,
    "environment::setenvironmentvariable": _set_environment_variable,
    **{
        f"runtime.interopservices.marshal::securestringto{kind}": _expose
        for kind in (
            "bstr",
            "globalallocunicode",
            "globalallocansi",
            "cotaskmemunicode",
            "cotaskmemansi",
        )
    },
    **{
        f"runtime.interopservices.marshal::ptrtostring{kind}": _read_pointer
        for kind in ("auto", "bstr", "uni", "ansi", "unicode")
    },
}
