"""Process events of Sysmon 1 and Security 4688, whatever their fields are called, in one shape."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from app.hunting import events

NO_PID = -1
_PIDS = ("pid", "parent_pid")
_NEEDED = ("image", "command")


@cache
def aliases() -> dict[str, list[str]]:
    """The names that each field is known by, the first that a row has counts."""
    data: dict[str, list[str]] = yaml.safe_load(
        files(__package__).joinpath("fields.yaml").read_text("utf-8")
    )
    return data


def read(frame: pd.DataFrame, given: Mapping[str, str] | None = None) -> pd.DataFrame:
    """The events as a frame with the columns of fields.yaml, one row per row, in order.

    `given` says for some of these which column of `frame` they are. `time` is in nanoseconds,
    process ids are whole numbers (NO_PID: none; `0x1a4` is read), all others texts.

    Raises ValueError if a given column is not there, or neither image nor command line is.
    """
    given = given or {}
    columns = {name: _sources(frame, name, given.get(name)) for name in aliases()}
    if not any(columns[name] for name in _NEEDED):
        names = ", ".join(map(str, frame.columns))
        raise ValueError(f"no field is a process or a command line; the search has: {names}")
    # In Security 4688 ProcessId is the process that creates NewProcessId.
    if "NewProcessId" in columns["pid"] and not columns["parent_pid"]:
        columns["pid"], columns["parent_pid"] = ["NewProcessId"], ["ProcessId"]
    read = {name: _texts(frame, found) for name, found in columns.items() if name != "time"}
    result = pd.DataFrame(read | {name: _pids(read[name]) for name in _PIDS})
    result["time"] = _times(frame, columns["time"])
    nameless = result["image"] == ""
    result.loc[nameless, "image"] = _program(result.loc[nameless, "command"])
    return result


def _sources(frame: pd.DataFrame, name: str, given: str | None) -> list[str]:
    if given is None:
        return [alias for alias in aliases()[name] if alias in frame.columns]
    if given not in frame.columns:
        names = ", ".join(map(str, frame.columns))
        raise ValueError(f"{name}= names {given!r}; the search has: {names}")
    return [given]


def _texts(frame: pd.DataFrame, columns: list[str]) -> pd.Series:
    if not columns:
        return pd.Series("", index=range(len(frame)), dtype=object)
    result, *others = (events.texts(frame[column]).reset_index(drop=True) for column in columns)
    for texts in others:
        result = result.where(result != "", texts)
    return result


def _times(frame: pd.DataFrame, columns: list[str]) -> events.Times:
    if not columns:
        return np.full(len(frame), events.NO_TIME)
    return events.times(frame[columns[0]])


def _pids(texts: pd.Series) -> pd.Series:
    codes, unique = pd.factorize(texts)
    return pd.Series(np.array([_pid(text) for text in unique] or [0], dtype=np.int64)[codes])


def _pid(text: str) -> int:
    try:
        value = int(text, 0) if text[:2].lower() == "0x" else int(float(text))
    except (ValueError, OverflowError):
        return NO_PID
    return value if 0 <= value < 2**32 else NO_PID


def _program(commands: pd.Series) -> NDArray[np.object_]:
    """The program at the beginning of each command line."""
    codes, unique = pd.factorize(commands)
    programs = [_first(text.lstrip()) for text in unique] or [""]
    return np.array(programs, dtype=object)[codes]


def _first(text: str) -> str:
    if text.startswith('"'):
        return text[1:].partition('"')[0]
    return text.partition(" ")[0]
