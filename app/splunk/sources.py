"""What can be sent: the rows of a DataFrame, a file, or the files of a folder, one event each."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

Event = dict[str, Any] | str

_PIECE = 20_000


def of_frame(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """One event per row, without the fields that are empty."""
    names = [str(column) for column in frame.columns]
    for values in frame.itertuples(index=False, name=None):
        yield {
            name: _plain(value)
            for name, value in zip(names, values, strict=True)
            if not _is_empty(value)
        }


def of_file(path: Path) -> Iterator[Event]:
    """One event per row of a .csv, per line of a .json, .jsonl or .ndjson; else lines as they are.

    Raises OSError, and ValueError for a file that is not what its name says.
    """
    ending = path.suffix.lower()
    if ending == ".csv":
        for frame in pd.read_csv(path, dtype=str, keep_default_na=False, chunksize=_PIECE):
            yield from of_frame(frame)
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                is_json = ending in (".json", ".jsonl", ".ndjson")
                yield _object(path, number, line) if is_json else line.rstrip("\r\n")


def of_folder(folder: Path, pattern: str = "*") -> Iterator[tuple[Path, Iterator[Event]]]:
    """Each file of a folder and the folders below, sorted, with its events; no hidden ones."""
    for path in sorted(folder.rglob(pattern)):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            yield path, of_file(path)


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise ValueError(f"{path}, line {number}: not JSON: {line.strip()[:80]!r}") from error
    return value if isinstance(value, dict) else {"value": value}


def _is_empty(value: Any) -> bool:
    if isinstance(value, list | tuple | dict):
        return not value
    return value is None or value is pd.NaT or value is pd.NA or value == "" or _is_nan(value)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value
