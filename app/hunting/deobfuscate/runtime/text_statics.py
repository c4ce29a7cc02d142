"""Static methods that make texts of values: [Convert], [string], [regex], [uri]."""

from __future__ import annotations

import base64
import html
import urllib.parse
from collections.abc import Callable

from app.hunting.encodings import from_base64

from ..values import (
    PowerShellError,
    UnresolvedError,
    Value,
    to_bytes,
    to_char,
    to_int,
    to_text,
)
from . import operators, patterns, regex_members
from .casts import cast
from .construction import regex, to_text_of_enum
from .formatting import format_text
from .run import Run

Static = Callable[[Run, list[Value]], Value]
_BASES = {2, 8, 10, 16}
_DIGITS = {2: "0b", 8: "0o", 16: "0x"}


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


def _parse(run: Run, arguments: list[Value]) -> Value:
    """[int]::Parse(text[, style])"""
    style = to_text_of_enum(arguments[1]) if len(arguments) > 1 else ""
    base = 16 if style in ("hexnumber", "allowhexspecifier", "515", "512") else 10
    return _converted("int32")(run, [arguments[0], base])


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


def _regex(method: str) -> Static:
    """[regex]::Replace(text, pattern, ..., options) and its like."""

    def call_regex(run: Run, arguments: list[Value]) -> Value:
        text, pattern, *rest = arguments
        given = 1 if method == "replace" else 0
        options = to_text_of_enum(rest[given]) if len(rest) > given else ""
        compiled = regex(to_text(pattern), options)
        return regex_members.METHODS[method](run, compiled, [text, *rest[:given]])

    return call_regex


def _is_match(run: Run, arguments: list[Value]) -> Value:
    return bool(_regex("matches")(run, arguments))


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


METHODS: dict[str, Static] = {
    "convert::frombase64string": _from_base64,
    "convert::frombase64chararray": _from_base64,
    "convert::fromhexstring": _from_hex,
    "convert::tobase64string": _to_base64,
    "convert::tostring": _to_string,
    **{
        f"convert::to{name}": _converted(name)
        for name in ("byte", "sbyte", "int16", "uint16", "int32", "uint32", "int64", "uint64")
    },
    **{f"{name}::parse": _parse for name in ("int32", "int16", "int64", "byte", "uint32")},
    "convert::tochar": _converted("char"),
    "string::join": _join,
    "string::concat": _concat,
    "string::format": _format,
    "string::copy": lambda run, arguments: to_text(arguments[0]),
    "string::isnullorempty": lambda run, arguments: not to_text(arguments[0]),
    "text.regularexpressions.regex::replace": _regex("replace"),
    "text.regularexpressions.regex::split": _regex("split"),
    "text.regularexpressions.regex::matches": _regex("matches"),
    "text.regularexpressions.regex::match": _regex("match"),
    "text.regularexpressions.regex::ismatch": _is_match,
    "text.regularexpressions.regex::escape": lambda run, arguments: patterns.escape(
        to_text(arguments[0])
    ),
    "text.regularexpressions.regex::unescape": lambda run, arguments: patterns.unescape(
        to_text(arguments[0])
    ),
    "uri::unescapedatastring": _unescape,
    "net.webutility::urldecode": _unescape_plus,
    "web.httputility::urldecode": _unescape_plus,
    "net.webutility::htmldecode": _unescape_html,
    "web.httputility::htmldecode": _unescape_html,
}
