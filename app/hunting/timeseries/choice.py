"""Which fields of a search are the time and the number."""

from collections.abc import Sequence

import pandas as pd

from app.hunting.timeseries.grid import Layout

TIMES = ("_time", "time", "timestamp", "TimeGenerated")
_AGGREGATES = ("mean", "sum")


def layout(
    df: pd.DataFrame,
    names: Sequence[str],
    time: str = "",
    value: str = "",
    by: Sequence[str] = (),
    zone: str = "",
    aggregate: str = "mean",
) -> Layout:
    """The layout of a search with these fields, `time` and `value` found by name and type if empty.

    Raises ValueError for a field that is not there, and for a zone or an aggregate unknown.
    """
    for option, given in (("time", time), ("value", value)):
        if given and given not in names:
            raise ValueError(f"{option}= names {given!r}; the search has: {_all(names)}")
    time = time or next((name for name in TIMES if name in names), "")
    if not time:
        raise ValueError(f"no field tells the time: give time=; the search has: {_all(names)}")
    others = [name for name in names if name != time and name not in by]
    value = value or next((name for name in others if _is_number(df[name])), "")
    if not value:
        raise ValueError(f"no field holds numbers: give value=; the search has: {_all(names)}")
    if aggregate not in _AGGREGATES:
        raise ValueError(f"agg={aggregate!r} is neither {' nor '.join(_AGGREGATES)}")
    if zone:
        _check_zone(zone)
    return Layout(time, value, tuple(by), zone, aggregate)


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and bool(column.notna().any())


def _check_zone(zone: str) -> None:
    try:
        pd.Timestamp(0, tz=zone)
    except (KeyError, ValueError, OSError) as error:  # zoneinfo raises any, by how it is wrong
        raise ValueError(f"tz={zone!r} is no time zone such as Europe/Berlin") from error


def _all(names: Sequence[str]) -> str:
    return ", ".join(names)
