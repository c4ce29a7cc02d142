"""Static methods and properties: [Convert]::FromBase64String, [string]::Join, ..."""

from __future__ import annotations

import base64
import html
import urllib.parse
from collections.abc import Callable

from app.hunting.encodings import from_base64

from ..values import (
    Ambient,
    PowerShellError,
    TypeName,
    UnresolvedError,
    Value,
    known,
    to_bytes,
    to_char,
    to_int,
    to_list,
    to_text,
)
from . import crypto, operators, patterns
from .casts import ENUMS, cast, type_name
from .construction import create, regex, text_encoding, to_text_of_enum
from .formatting import format_text
from .numbers import char_method, math_method
from .object_members import METHODS
from .objects import Engine, Hasher, Pattern, Pointer, SecureString
from .run import Run

Static = Callable[[Run, list[Value]], Value]
_BASES = {2, 8, 10, 16}
_DIGITS = {2: "0b", 8: "0o", 16: "0x"}


def call(type_: str, name: str, arguments: list[Value], run: Run) -> Value:
    """[type]::name(arguments). Raises UnresolvedError if that is not known."""
    for argument in arguments:
        known(argument)
    if name == "new":
        return create(type_, arguments, run)
    if method := _METHODS.get(f"{type_}::{name}"):
        return method(run, arguments)
    if name == "create" and not arguments and (made := crypto.algorithm(type_)):
        return made
    if type_ == "char":
        return char_method(name, arguments)
    if type_ == "math":
        return math_method(name, arguments)
    raise UnresolvedError


def get(type_: str, name: str) -> Value:
    """[type]::name. Raises UnresolvedError if that is not known."""
    if type_ in ENUMS:
        return Ambient(name)
    if type_ == "text.encoding" and (encoding := text_encoding(name)):
        return encoding
    if f"{type_}::{name}" in _CONSTANTS:
        return _CONSTANTS[f"{type_}::{name}"]
    raise UnresolvedError


_CONSTANTS: dict[str, Value] = {
    "string::empty": "",
    "int32::maxvalue": (1 << 31) - 1,
    "byte::maxvalue": 255,
    "io.path::directoryseparatorchar": "\\",
    "environment::newline": "\r\n",
    "char::minvalue": "\0",
}


def _from_base64(run: Run, arguments: list[Value]) -> Value:
    text = arguments[0]
    joined = "".join(map(to_text, text)) if isinstance(text, list) else to_text(text)
    run.budget.produce(len(joined))
    run.step("base64")
    return bytearray(from_base64(joined.encode("ascii", "replace")).data)


def _to_base64(run: Run, arguments: list[Value]) -> Value:
    return base64.b64encode(to_bytes(arguments[0])).decode()


def _converted(type_: str) -> Static:
    """[Convert]::ToInt32(text, base) and its like; of a single value it is a cast."""

    def convert(run: Run, arguments: list[Value]) -> Value:
        if len(arguments) == 1:
            return cast(type_, arguments[0], run)
        text, base = to_text(arguments[0]).strip(), to_int(arguments[1])
        if base not in _BASES or len(text) > 64:
            raise UnresolvedError
        try:
            number = int(text.lower().removeprefix(_DIGITS.get(base, "")), base)
        except ValueError:
            raise PowerShellError from None
        run.step({2: "binary", 8: "octal", 10: "decimal", 16: "hex"}[base])
        return to_char(number) if type_ == "char" else number

    return convert


def _to_string(run: Run, arguments: list[Value]) -> Value:
    if len(arguments) == 1:
        return cast("string", arguments[0], run)
    number, base = to_int(arguments[0]), to_int(arguments[1])
    if base not in _BASES:
        raise UnresolvedError
    return format(number, {2: "b", 8: "o", 10: "d", 16: "x"}[base])


def _join(run: Run, arguments: list[Value]) -> Value:
    separator, *items = arguments
    values = items[0] if len(items) == 1 else items
    run.step("join")
    return operators.join(values, to_text(separator), run.budget)


def _concat(run: Run, arguments: list[Value]) -> Value:
    values = arguments[0] if len(arguments) == 1 else arguments
    run.step("concatenation")
    return operators.join(values, "", run.budget)


def _format(run: Run, arguments: list[Value]) -> Value:
    template, *items = arguments
    values = items[0] if len(items) == 1 and isinstance(items[0], list) else items
    run.step("format")
    return format_text(to_text(template), list(values), run.budget)


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


def _regex(method: str) -> Static:
    """[regex]::Replace(text, pattern, ..., options) and its like."""

    def call_regex(run: Run, arguments: list[Value]) -> Value:
        text, pattern, *rest = arguments
        given = 1 if method == "replace" else 0
        options = to_text_of_enum(rest[given]) if len(rest) > given else ""
        compiled = regex(to_text(pattern), options)
        return METHODS[Pattern][method](run, compiled, [text, *rest[:given]])

    return call_regex


def _is_match(run: Run, arguments: list[Value]) -> Value:
    return bool(_regex("matches")(run, arguments))


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


def _from_hex(run: Run, arguments: list[Value]) -> Value:
    run.step("hex")
    return bytearray.fromhex(to_text(arguments[0]))


def _unescape(run: Run, arguments: list[Value]) -> Value:
    run.step("url-encoding")
    return urllib.parse.unquote(to_text(arguments[0]))


def _unescape_plus(run: Run, arguments: list[Value]) -> Value:
    run.step("url-encoding")
    return urllib.parse.unquote_plus(to_text(arguments[0]))


def _unescape_html(run: Run, arguments: list[Value]) -> Value:
    run.step("html-encoding")
    return html.unescape(to_text(arguments[0]))


def _new_block(run: Run, arguments: list[Value]) -> Value:
    return cast("management.automation.scriptblock", arguments[0], run)


def _get_type(run: Run, arguments: list[Value]) -> Value:
    return TypeName(type_name(to_text(arguments[0])))


_METHODS: dict[str, Static] = {
    "convert::frombase64string": _from_base64,
    "convert::frombase64chararray": _from_base64,
    "convert::fromhexstring": _from_hex,
    "convert::tobase64string": _to_base64,
    "convert::tostring": _to_string,
    **{
        f"convert::to{name}": _converted(name)
        for name in ("byte", "sbyte", "int16", "uint16", "int32", "uint32", "int64", "uint64")
    },
    "convert::tochar": _converted("char"),
    "string::join": _join,
    "string::concat": _concat,
    "string::format": _format,
    "string::copy": lambda run, arguments: to_text(arguments[0]),
    "string::isnullorempty": lambda run, arguments: not to_text(arguments[0]),
    "array::reverse": _reverse,
    "array::copy": _copy,
    "buffer::blockcopy": _copy,
    "text.regularexpressions.regex::replace": _regex("replace"),
    "text.regularexpressions.regex::split": _regex("split"),
    "text.regularexpressions.regex::matches": _regex("matches"),
    "text.regularexpressions.regex::match": _regex("match"),
    "text.regularexpressions.regex::ismatch": _is_match,
    "text.regularexpressions.regex::unescape": lambda run, arguments: patterns.unescape(
        to_text(arguments[0])
    ),
    "linq.enumerable::reverse": _reversed,
    "text.encoding::getencoding": _encoding,
    "bitconverter::tostring": _hex_dump,
    "bitconverter::getbytes": _bytes_of_number,
    "management.automation.scriptblock::create": _new_block,
    "powershell::create": lambda run, arguments: Engine(),
    "management.automation.powershell::create": lambda run, arguments: Engine(),
    "type::gettype": _get_type,
    "uri::unescapedatastring": _unescape,
    "net.webutility::urldecode": _unescape_plus,
    "web.httputility::urldecode": _unescape_plus,
    "net.webutility::htmldecode": _unescape_html,
    "web.httputility::htmldecode": _unescape_html,
    "security.cryptography.sha256::hashdata": _hash_data("sha256"),
    "security.cryptography.md5::hashdata": _hash_data("md5"),
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
