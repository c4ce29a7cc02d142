"""Prints what a search shows: as a table for people, as CSV or JSON for programs."""

import json
from collections.abc import Callable
from itertools import chain, count
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.rule import Rule
from rich.table import Table as Grid
from rich.text import Text

from app.hunting.visible import visible
from app.spl import table
from app.spl.table import Table

_ROWS = 1000  # that are shown as a table
_CELL = 40  # characters of a cell that a table shows
_VALUE = 240  # characters of a value that a record shows


def print_csv(events: Table, out: TextIO) -> None:
    """As it came: with every value unchanged."""
    out.writelines(table.lines(events))


def print_json(events: Table, out: TextIO) -> None:
    """One array, an object for each event. Columns of the same name get a number: a, a.1, a.2."""
    names = _distinct(events.columns)
    objects = (
        json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in events.rows
    )
    out.write("[" + ",\n".join(objects) + "]\n")


def print_table(events: Table, out: TextIO) -> None:
    """A table if its columns fit side by side, else a record for each event.

    Long values are cut short, and what would steer a terminal is made visible.
    """
    console = Console(file=out, highlight=False, emoji=False)
    columns, rows = list(map(visible, events.columns)), events.rows[:_ROWS]
    lines = [list(map(_one_line, row)) for row in rows]
    if _fits(columns, lines, console.width):
        console.print(_grid(columns, lines))
    else:
        for number, row in enumerate(rows, 1):
            console.print(Rule(f"event {number}", align="left", style="dim"))
            console.print(_record(columns, row))
    if len(events.rows) > _ROWS:
        left = len(events.rows) - _ROWS
        console.print(f"... and {left:,} more: --format csv has them all", style="dim")


def _distinct(columns: list[str]) -> list[str]:
    names: dict[str, None] = {}
    for column in columns:
        numbered = (f"{column}.{number}" for number in count(1))
        names[next(name for name in chain([column], numbered) if name not in names)] = None
    return list(names)


def _one_line(text: str) -> str:
    return visible(text[:_VALUE]).replace("\n", "⏎").replace("\t", " ")


def _fits(columns: list[str], lines: list[list[str]], width: int) -> bool:
    """Whether the table that _grid() makes is as narrow as that."""
    widths = [max(map(cell_len, cells)) for cells in zip(columns, *lines, strict=True)]
    return sum(min(cells, _CELL) + 3 for cells in widths) + 1 <= width


def _grid(columns: list[str], lines: list[list[str]]) -> Grid:
    grid = Grid(header_style="bold")
    for column in columns:
        grid.add_column(Text(column), no_wrap=True, overflow="ellipsis", max_width=_CELL)
    for line in lines:
        grid.add_row(*map(Text, line))
    return grid


def _record(columns: list[str], row: list[str]) -> Grid:
    """The values that are not empty, each behind its name."""
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column(overflow="fold")
    for column, value in zip(columns, row, strict=True):
        if value:
            rest = f"... and {len(value) - _VALUE:,} more" if len(value) > _VALUE else ""
            grid.add_row(Text(column), Text(visible(value[:_VALUE]) + rest))
    return grid


FORMATS: dict[str, Callable[[Table, TextIO], None]] = {
    "table": print_table,
    "csv": print_csv,
    "json": print_json,
}
