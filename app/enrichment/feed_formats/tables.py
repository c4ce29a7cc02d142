"""CSV feeds: known dumps as they come (tables.yaml), others by the user's mapping of columns."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import yaml

from app.enrichment.feed_formats import opening
from app.enrichment.feed_formats.entry import Entry, FeedError, tags
from app.enrichment.feed_formats.settings import Columns, columns

_MAX_COMMENTS = 200  # lines at the head that may hold the header


@dataclass(frozen=True)
class Dump:
    """A published table: its name, columns that only it has, what they hold, its link template."""

    name: str
    has: frozenset[str]
    columns: Columns
    link: str


@cache
def dumps() -> tuple[Dump, ...]:
    """The known dumps."""
    content = yaml.safe_load(Path(__file__).with_name("tables.yaml").read_text("utf-8"))
    return tuple(
        Dump(name, frozenset(one["has"]), columns(one["columns"]), one.get("link", ""))
        for name, one in content.items()
    )


def known_dump(path: Path) -> Dump | None:
    """The known dump that a file is, told by its header; None if it is another table."""
    with opening.lines(path) as lines:
        comments, first = _head(lines)
    headers = [_cells(line.lstrip("# "), ",") for line in (*reversed(comments), first)]
    for header in map(frozenset, headers):
        for dump in dumps():
            if dump.has <= header:
                return dump
    return None


def read(path: Path, mapping: Columns) -> Iterator[Entry]:
    """The entries of a table. Raises FeedError if a mapped column does not exist."""
    with opening.lines(path) as lines:
        comments, first = _head(lines)
        header, is_data = _header(comments, first, mapping)
        places = _places(header, mapping, path.name)
        rest = (line for line in lines if not line.startswith("#"))
        rows = csv.reader(
            chain([first], rest) if is_data else rest,
            delimiter=mapping.delimiter,
            skipinitialspace=True,
        )
        yield from _entries(rows, places, path.name)


def _head(lines: Iterator[str]) -> tuple[list[str], str]:
    """The comments at the head, and the first line that is none."""
    comments: list[str] = []
    for line in lines:
        if line.strip() and not line.startswith("#"):
            return comments, line
        if len(comments) < _MAX_COMMENTS:
            comments.append(line)
    return comments, ""


def _cells(line: str, delimiter: str) -> list[str]:
    row = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    return [cell.strip() for cell in row]


def _header(comments: list[str], first: str, mapping: Columns) -> tuple[Sequence[str], bool]:
    """The names of the columns, and whether the first line is a row of data already."""
    if mapping.header:
        return mapping.header, True
    wanted = set(mapping.value)
    for line in reversed(comments):
        header = _cells(line.lstrip("# "), mapping.delimiter)
        if wanted <= set(header):
            return header, True
    header = _cells(first, mapping.delimiter)
    if all(name.isdigit() for name in wanted):
        return [str(number) for number in range(1, len(header) + 1)], True
    return header, False


def _places(header: Sequence[str], mapping: Columns, file: str) -> Mapping[str, list[int]]:
    """What a column may hold -> the places of the columns that hold it."""
    wanted = {
        "value": mapping.value, "tags": mapping.tags, "seen": mapping.seen,
        "score": (mapping.score,), "link": (mapping.link,), "id": (mapping.id,),
        "port": (mapping.port,),
    }  # fmt: skip
    if missing := [name for name in mapping.value if name not in header]:
        raise FeedError(f"{file}: no column {missing[0]!r}: it has {', '.join(header)}")
    return {
        what: [header.index(name) for name in names if name in header]
        for what, names in wanted.items()
    }


def _entries(
    rows: Iterator[list[str]], places: Mapping[str, list[int]], file: str
) -> Iterator[Entry]:
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise FeedError(f"{file}: not readable as CSV: {error}") from error
        yield from _of_row(row, places)


def _of_row(row: list[str], places: Mapping[str, list[int]]) -> Iterator[Entry]:
    """One entry for every value of a row: an address, or all hashes of a file."""

    def filled(what: str) -> list[str]:
        texts = (row[place].strip() for place in places[what] if place < len(row))
        return [text for text in texts if text and text != "None"]

    def first(what: str) -> str:
        return next(iter(filled(what)), "")

    for value in filled("value"):
        yield Entry(
            value,
            tags(*filled("tags")),
            link=first("link"),
            id=first("id"),
            seen=first("seen"),
            score=_score(first("score")),
            port=first("port"),
        )


def _score(text: str) -> int | None:
    """A score or a confidence in percent."""
    return min(int(text), 100) if text.isascii() and text.isdigit() else None
