"""Events and results as tables of text: what comes in as CSV goes out as it was."""

import csv
import io
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.spl import SplError

_SPECIAL = re.compile('[,"\r\n]')


@dataclass(frozen=True)
class Table:
    """Every row has a cell for every column."""

    columns: list[str]
    rows: list[list[str]]


def read(text: str, what: str = "input") -> Table:
    """The table of a CSV text. Raises SplError for a text without a header, or ragged rows."""
    csv.field_size_limit(sys.maxsize)  # command lines of megabytes
    try:
        lines = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise SplError(f"the {what} is no CSV: {error}") from error
    if not lines:
        raise SplError(f"the {what} is empty: it must be CSV with a header row")
    columns, *rows = lines
    for number, row in enumerate(rows, 1):
        if len(row) != len(columns):
            raise SplError(
                f"row {number} of the {what} has {len(row)} cells, the header has {len(columns)}"
            )
    return Table(columns, rows)


def write(table: Table) -> str:
    """The table as CSV text, in the style of pandas."""
    return "".join(lines(table))


def lines(table: Table) -> Iterator[str]:
    """The lines of write()."""
    yield _line(table.columns)
    yield from map(_line, table.rows)


def select(table: Table, names: Iterable[str]) -> Table:
    """The table with these columns only, in its own order."""
    wanted = set(names)
    positions = [at for at, column in enumerate(table.columns) if column in wanted]
    return Table(_take(table.columns, positions), [_take(row, positions) for row in table.rows])


def _take(row: Sequence[str], positions: list[int]) -> list[str]:
    return [row[at] for at in positions]


def _line(row: Sequence[str]) -> str:
    # A row that is one empty cell needs quotes: an empty line is no row.
    return (",".join(map(_cell, row)) or '""') + "\n"


def _cell(text: str) -> str:
    """Quoted if it must be. Python's writer (before 3.13) leaves out a lone carriage return."""
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text
