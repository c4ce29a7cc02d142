"""One HTML file that shows what a search found: every event, with its layers to unfold.

The file is complete in itself, runs no script and fetches nothing; whatever the events say, it is
text.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import jinja2
import re2

from app.hunting.decode import Decoded, decode
from app.hunting.visible import visible
from app.spl.table import Table

_PREFIX = "predicted_"
_LISTS = ("ioc_", "ps_")  # columns that may hold several values
_SHOWN = 20_000  # characters of a text that are shown
_MARKED = 100  # indicators that are marked in a text
_MARK = 200  # characters of an indicator that is marked

_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False
_OPTIONS.log_errors = False

_TEMPLATE = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
).get_template("report.html.j2")


@dataclass(frozen=True)
class _Piece:
    """A part of a text; `kind` is that of the indicator that it is ('' for none)."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class _Layer:
    step: str
    problem: str
    note: str
    pieces: list[_Piece]
    rest: int
    children: "list[_Layer]"


@dataclass(frozen=True)
class _Event:
    """`about` is what the event itself says, `found` what the search added to it."""

    number: int
    about: dict[str, str]
    found: dict[str, list[str]]
    command: _Layer


def write(path: Path, events: Table, field: str, title: str) -> None:
    """Write the report of events whose `field` holds a command line. Raises OSError."""
    path.write_text(render(events, field, title), "utf-8")


def render(events: Table, field: str, title: str) -> str:
    """The report as HTML. Columns of the result are those that start with `predicted_`."""
    rows = [
        _event(number, dict(zip(events.columns, row, strict=True)), field)
        for number, row in enumerate(events.rows, 1)
    ]
    status = Counter(row.found.get("decode_status", [""])[0] for row in rows)
    return _TEMPLATE.render(title=title, events=rows, status=status)


def _event(number: int, row: dict[str, str], field: str) -> _Event:
    shown = {name: visible(value) for name, value in row.items() if value}
    about = {name: shown[name] for name in shown if not name.startswith(_PREFIX) and name != field}
    added = {name.removeprefix(_PREFIX): shown[name] for name in shown if name.startswith(_PREFIX)}
    in_layers = (field, "decode_validated", "decode_final")
    found = {name: _values(name, text) for name, text in added.items() if name not in in_layers}
    return _Event(number, about, found, _command(decode(row[field])))


def _values(name: str, text: str) -> list[str]:
    return text.split("|") if name.startswith(_LISTS) else [text]


def _command(decoded: Decoded) -> _Layer:
    """The tree of a command line's layers; its root is the command line itself."""
    kinds = dict.fromkeys(decoded.c2, "c2")
    kinds |= {value: kind for kind, values in decoded.iocs.items() for value in values}
    root = _layer("command line", decoded.command_line, kinds)
    nodes: list[_Layer] = []
    for layer in decoded.layers:
        nodes.append(_layer(layer.step, layer.text, kinds, layer.problem, layer.note))
        parent = nodes[layer.parent] if layer.parent >= 0 else root
        parent.children.append(nodes[-1])
    return root


def _layer(
    step: str, text: str, kinds: dict[str, str], problem: str = "", note: str = ""
) -> _Layer:
    shown = visible(text[:_SHOWN])
    rest = max(len(text) - _SHOWN, 0)
    return _Layer(step, visible(problem), visible(note), pieces(shown, kinds), rest, [])


def pieces(text: str, kinds: dict[str, str]) -> list[_Piece]:
    """The text in parts: those that are indicators, in any case, and those between them.

    kinds: indicator -> its kind. Where several start, the longest is taken.
    """
    known = {value.lower(): kind for value, kind in kinds.items() if len(value) <= _MARK}
    values = sorted(known, key=len, reverse=True)[:_MARKED]
    pattern = re2.compile("|".join(map(re2.escape, values)), _OPTIONS)
    parts = []
    end = 0
    for match in pattern.finditer(text) if values else ():
        parts.append(_Piece(text[end : match.start()]))
        parts.append(_Piece(match.group(), known.get(match.group().lower(), "indicator")))
        end = match.end()
    return [part for part in (*parts, _Piece(text[end:])) if part.text]
