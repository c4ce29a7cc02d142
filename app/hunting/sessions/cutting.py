"""Cutting events into sessions: by who acted, by pauses, and by the longest duration."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.hunting import events

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sessions:
    """Events in the order of their sessions.

    `rows`: the event's row in the frame; `session`: its session, 0, 1, ...; `place`: its place
    within that, 0 first; `first`: of each session, where it begins in these arrays; `ids`: of
    each session, the values of its keys and its start, which no other session shares.
    """

    rows: Ints
    session: Ints
    place: Ints
    first: Ints
    times: Ints
    ids: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.first)

    @property
    def lengths(self) -> Ints:
        """How many events each session has."""
        return np.diff(np.append(self.first, len(self.rows)))


def cut(
    frame: pd.DataFrame,
    keys: list[str],
    time_field: str,
    gap: float,
    duration: float,
    wanted: NDArray[np.bool_] | None = None,
) -> Sessions:
    """The sessions of a frame: one set of values of `keys`, no pause above `gap` seconds, no
    longer than `duration` seconds from the first event.

    Missing keys are a value like any other. Rows without a time, and those that are not
    `wanted`, belong to no session. Events of the same time keep their order (from the last row
    to the first where the rows come newest first).

    Raises ValueError for a field that is not there.
    """
    times = events.times(events.column(frame, time_field))
    who = _codes(frame, keys)
    known = times != events.NO_TIME
    rows = np.flatnonzero(known if wanted is None else known & wanted)
    if events.newest_first(times):
        rows = rows[::-1]
    rows = rows[np.lexsort((times[rows], who[rows]))]
    times, who = times[rows], who[rows]
    starts = _starts(times, who, int(gap * 1e9), int(duration * 1e9))
    first = np.flatnonzero(starts)
    session = np.cumsum(starts) - 1
    place = np.arange(len(rows)) - first[session] if len(rows) else session
    return Sessions(
        rows, session, place, first, times, _ids(frame, keys, rows[first], times[first])
    )


def _codes(frame: pd.DataFrame, keys: list[str]) -> Ints:
    code = np.zeros(len(frame), dtype=np.int64)
    for key in keys:
        values, _ = pd.factorize(events.texts(events.column(frame, key)))
        code = code * (values.max(initial=0) + 1) + values
        code, _ = pd.factorize(code)  # small again, so that the product cannot overflow
    return code


def _starts(times: Ints, who: Ints, gap: int, duration: int) -> NDArray[np.bool_]:
    """Which events begin a session."""
    starts = np.ones(len(times), dtype=bool)
    starts[1:] = (who[1:] != who[:-1]) | (np.diff(times) > gap)
    first = np.flatnonzero(starts)
    ends = np.append(first, len(times))[1:]
    for begin, end in zip(first, ends, strict=True):
        while end > begin and times[end - 1] - times[begin] > duration:
            begin += np.searchsorted(times[begin:end], times[begin] + duration, "right")
            starts[begin] = True
    return starts


def _ids(frame: pd.DataFrame, keys: list[str], rows: Ints, times: Ints) -> NDArray[np.object_]:
    parts = [events.texts(frame[key].iloc[rows]).to_numpy() for key in keys]
    return np.array(
        ["|".join(cells) for cells in zip(*parts, events.iso(times), strict=True)], object
    )
