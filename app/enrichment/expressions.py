"""JMESPath expressions over an answer, with the few functions that reading verdicts needs.

Beside the functions of the standard (https://jmespath.org/specification.html):
scale(number, top): the number as a share of `top`, from 0 to 100;
pick(word, table): what the object `table` has for a word, null if it has nothing;
starting(objects, key, start): those of a list whose text under `key` begins with `start`;
quote(text): percent-encoded, for links;
iso(seconds): a time in seconds since 1970 as 2025-01-31T12:00:00Z.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import jmespath
from jmespath import exceptions, functions

Expression = Callable[[Any], Any]


class ShapeError(ValueError):
    """The answer is not of the shape that an expression expects."""


# jmespath has no types.
class _Functions(functions.Functions):  # type: ignore[misc]
    @functions.signature({"types": ["number", "null"]}, {"types": ["number", "null"]})  # type: ignore[untyped-decorator]
    def _func_scale(self, number: float | None, top: float | None) -> int:
        return round(100 * min(max(number or 0, 0), top) / top) if top and top > 0 else 0

    @functions.signature({"types": ["string", "null"]}, {"types": ["object"]})  # type: ignore[untyped-decorator]
    def _func_pick(self, word: str | None, table: dict[str, Any]) -> Any:
        return table.get(word or "")

    @functions.signature({"types": ["array"]}, {"types": ["string"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_starting(self, objects: list[Any], key: str, start: str) -> list[Any]:
        found = (one for one in objects if isinstance(one, dict))
        return [one for one in found if str(one.get(key, "")).startswith(start)]

    @functions.signature({"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_quote(self, text: str) -> str:
        return quote(text, safe="")

    @functions.signature({"types": ["number", "null"]})  # type: ignore[untyped-decorator]
    def _func_iso(self, seconds: float | None) -> str:
        if not seconds or not 0 < seconds < 1e11:
            return ""
        return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_KNOWN = frozenset(_Functions.FUNCTION_TABLE)
_OPTIONS = jmespath.Options(custom_functions=_Functions())


def compiled(text: str) -> Expression:
    """The expression as a function of a document; the function raises ShapeError.

    Raises ValueError for what is no JMESPath expression.
    """
    try:
        parsed = jmespath.compile(text)
        nodes = list(_nodes(parsed.parsed))
    except exceptions.JMESPathError as error:
        column = getattr(error, "lex_position", getattr(error, "lexer_position", "?"))
        raise ValueError(f"{text!r} is no JMESPath expression (see column {column})") from None
    for node in nodes:
        if node["type"] == "function_expression" and node["value"] not in _KNOWN:
            raise ValueError(f"{text!r} calls {node['value']}(), which does not exist")
        if node["type"] == "subexpression" and node["children"][0]["type"] == "not_expression":
            raise ValueError(f"{text!r}: JMESPath takes !a.b for (!a).b; write !(a.b)")

    def evaluate(document: Any) -> Any:
        try:
            return parsed.search(document, options=_OPTIONS)
        except exceptions.JMESPathError:
            raise ShapeError(f"{text!r} does not fit it") from None

    return evaluate


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All parts of a parsed expression."""
    yield node
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _nodes(child)


def is_true(result: Any) -> bool:
    """Truth as JMESPath has it: empty values, null and false are false, zero is true."""
    return result is not None and result is not False and result not in ("", [], {})
