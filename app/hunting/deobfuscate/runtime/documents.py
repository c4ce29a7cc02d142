"""Data formats that cmdlets and casts read: JSON, CSV, `name=value` lines, XML.

What they say becomes hashtables, arrays and texts.
"""

from __future__ import annotations

import csv
import json
from xml.etree import ElementTree

from ..values import UnresolvedError, Value, unwrapped
from .run import Run

_MAX_DEPTH = 64  # of XML elements
_ESCAPES = {"\\n": "\n", "\\r": "\r", "\\t": "\t", "\\\\": "\\"}


def from_json(text: str, run: Run) -> Value:
    run.budget.produce(16 * len(text))
    try:
        return _lowered(json.loads(text))
    except RecursionError:
        raise UnresolvedError from None


def _lowered(value: Value) -> Value:
    """JSON objects as hashtables, whose keys are in lower case."""
    if isinstance(value, dict):
        return {key.lower(): _lowered(item) for key, item in value.items()}
    return [_lowered(item) for item in value] if isinstance(value, list) else value


def from_csv(lines: list[str], delimiter: str, header: list[str], run: Run) -> Value:
    """A hashtable for each row; without a `header` the first row names the columns."""
    run.budget.produce(16 * sum(map(len, lines)))
    rows = list(csv.reader(lines, delimiter=delimiter))
    names = header or rows.pop(0)
    keys = [name.lower() for name in names]
    return unwrapped([dict(zip(keys, row, strict=False)) for row in rows])


def from_lines(text: str, run: Run) -> Value:
    """ConvertFrom-StringData: one `name=value` in each line, `#` before comments."""
    run.budget.produce(16 * len(text))
    found: dict[str, Value] = {}
    for line in text.splitlines():
        name, sign, value = line.strip().partition("=")
        if sign and not name.startswith("#"):
            found[name.strip().lower()] = _unescaped(value.strip())
    return found


def _unescaped(text: str) -> str:
    for escape, char in _ESCAPES.items():
        text = text.replace(escape, char)
    return text


def from_xml(text: str, run: Run) -> Value:
    """A document: elements by name. One that declares a type or entities is not read."""
    run.budget.produce(16 * len(text))
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise UnresolvedError
    try:
        root = ElementTree.fromstring(text.strip())  # noqa: S314 - see above
    except ElementTree.ParseError:
        raise UnresolvedError from None
    return {_name(root.tag): _element(root, 0)}


def _name(tag: str) -> str:
    return tag.rpartition("}")[2].lower()


def _element(element: ElementTree.Element, depth: int) -> Value:
    """The text of a plain element; attributes and children by name of any other."""
    content = element.text or ""
    if not len(element) and not element.attrib:
        return content
    if depth >= _MAX_DEPTH:
        raise UnresolvedError
    found: dict[str, Value] = {_name(name): value for name, value in element.attrib.items()}
    for child in element:
        name, value = _name(child.tag), _element(child, depth + 1)
        before = found.get(name)
        known = before if isinstance(before, list) else [before]
        found[name] = value if before is None else [*known, value]
    return {"#text": content, "innertext": content, **found}
