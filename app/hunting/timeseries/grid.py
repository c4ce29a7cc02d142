"""Rows of a search as series on a regular grid of time.

Rows may come in any order, with gaps, and several in one span. Times with an offset, and seconds,
are in UTC on the grid; `zone` moves them to local time, in which a daily season stays in place
when clocks change: then an hour is missing in spring, and two share a span in autumn.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from app.hunting import times
from app.hunting.timeseries.stl import Floats

Places = np.ndarray[Any, np.dtype[np.int64]]

_MOST_CELLS = 100_000
_MOST_IN_ALL = 20_000_000
_COMMON = 0.2


@dataclass(frozen=True, slots=True)
class Layout:
    """Which fields hold what. `aggregate`: what several values in one span make."""

    time: str
    value: str
    by: tuple[str, ...] = ()
    zone: str = ""
    aggregate: str = "mean"


@dataclass(frozen=True, slots=True)
class Grid:
    """Spans of `step` seconds; span 0 has its middle at `phase` seconds after 1970."""

    step: float
    phase: float

    def cells(self, seconds: Floats) -> Places:
        """The number of the span of each time; 0 for NaN."""
        places = np.round((seconds - self.phase) / self.step)
        return np.where(np.isfinite(places), places, 0).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a search: the number of the series of each (-1 without one), time and value."""

    series: Places
    keys: pd.DataFrame
    seconds: Floats
    values: Floats

    def key_tuples(self) -> list[tuple[str, ...]]:
        return [tuple(key) for key in self.keys.to_numpy().tolist()]


def read(df: pd.DataFrame, layout: Layout) -> Rows:
    """The rows by series. One that has no time or no number belongs to none."""
    seconds = times.seconds(df[layout.time])
    if layout.zone:
        seconds = _local(seconds, layout.zone)
    values = pd.to_numeric(df[layout.value], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    usable = np.isfinite(seconds) & np.isfinite(values)
    if not layout.by:
        return Rows(np.where(usable, 0, -1), pd.DataFrame(index=[0]), seconds, values)
    keys = pd.DataFrame(
        {name: df[name].astype(str).where(df[name].notna(), "").to_numpy() for name in layout.by}
    )
    groups = keys.groupby(list(layout.by), sort=False)
    distinct = keys.drop_duplicates(ignore_index=True)
    return Rows(np.where(usable, groups.ngroup(), -1), distinct, seconds, values)


def find(rows: Rows, span: float | None) -> Grid:
    """The grid of all series: of the given span, else of the most common distance in time.

    Raises ValueError where the rows have no two times.
    """
    used = rows.series >= 0
    if not used.any():
        raise ValueError("no row has both a time and a number")
    first = float(rows.seconds[used].min())
    step = span or _common_step(rows)
    return Grid(step, first % step)


def split(rows: Rows, grid: Grid, aggregate: str) -> Iterator[tuple[int, int, Floats]]:
    """For each series its number, its first span, and its values from the first to the last.

    Raises ValueError if the spans are so short that there are too many.
    """
    used = np.flatnonzero(rows.series >= 0)
    cells = grid.cells(rows.seconds[used])
    order = np.lexsort((cells, rows.series[used]))
    series, cells, values = rows.series[used][order], cells[order], rows.values[used][order]
    starts = np.flatnonzero(np.diff(series, prepend=-1))
    ends = np.append(starts[1:], len(series))
    lengths = cells[ends - 1] - cells[starts] + 1
    if lengths.max() > _MOST_CELLS or lengths.sum() > _MOST_IN_ALL:
        raise ValueError(
            f"in spans of {grid.step:g} s a series has up to {lengths.max()}, all have "
            f"{lengths.sum()}: give longer ones, such as span=1h"
        )
    for start, end, length in zip(starts.tolist(), ends.tolist(), lengths.tolist(), strict=True):
        places = cells[start:end] - cells[start]
        line = _aggregated(places, values[start:end], length, aggregate)
        yield int(series[start]), int(cells[start]), line


def _aggregated(places: Places, values: Floats, length: int, how: str) -> Floats:
    counts = np.bincount(places, minlength=length)
    totals = np.bincount(places, weights=values, minlength=length)
    divisor = counts if how == "mean" else np.ones_like(counts)
    return np.where(counts > 0, totals / np.maximum(divisor, 1), np.nan)


def _common_step(rows: Rows) -> float:
    used = rows.series >= 0
    order = np.lexsort((rows.seconds[used], rows.series[used]))
    gaps = np.diff(rows.seconds[used][order])
    within = np.diff(rows.series[used][order]) == 0
    gaps = np.round(gaps[within & (gaps > 0)], 3)
    gaps = gaps[gaps > 0]
    if not gaps.size:
        raise ValueError("no series has two different times: name the fields, or give span=1h")
    steps, counts = np.unique(gaps, return_counts=True)
    common = int(counts.argmax())
    return float(steps[common] if counts[common] >= _COMMON * gaps.size else np.median(gaps))


def _local(seconds: Floats, zone: str) -> Floats:
    known = np.isfinite(seconds)
    instants = pd.Series(pd.to_datetime(np.where(known, seconds, 0), unit="s", utc=True))
    wall = times.seconds(instants.dt.tz_convert(zone).dt.tz_localize(None))
    return np.where(known, wall, np.nan)
