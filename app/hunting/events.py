"""Events as a search sends them: times and texts of columns, whatever shape they came in."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.hunting.times import seconds as of_column

Times = NDArray[np.int64]  # nanoseconds since 1970, NO_TIME where there is none
NO_TIME = np.iinfo(np.int64).min
_LATEST = 9.2e9  # seconds; nanoseconds of later times do not fit


def times(column: pd.Series) -> Times:
    """Times in nanoseconds, whatever app.hunting.times.seconds reads."""
    seconds = of_column(column)
    known = (seconds >= 0) & (seconds < _LATEST)
    # Microseconds: a float holds the seconds of today no better.
    whole = np.where(known, seconds, 0.0) * 1e6
    return np.where(known, whole.round().astype(np.int64) * 1000, NO_TIME)


def texts(column: pd.Series) -> pd.Series:
    """The column as text; missing values are empty, whole numbers have no `.0`."""
    if pd.api.types.is_numeric_dtype(column):
        codes, distinct = pd.factorize(column, use_na_sentinel=False)
        return pd.Series(_of_numbers(pd.Series(distinct)).to_numpy()[codes], index=column.index)
    if pd.api.types.infer_dtype(column) == "string":
        return column.astype(object).where(column.notna(), "")
    return column.astype("string").fillna("").astype(object)


def _of_numbers(column: pd.Series) -> pd.Series:
    if pd.api.types.is_float_dtype(column):
        whole = column.dropna()
        if (whole == whole.round()).all() and (whole.abs() < 2**53).all():
            column = column.astype("Int64")
    return column.astype("string").fillna("").astype(object)


def iso(values: Times) -> NDArray[np.object_]:
    """Times as text: ISO 8601, UTC, milliseconds; empty where there is none."""
    unique, places = np.unique(values, return_inverse=True)
    shown = [_iso(int(value)) for value in unique]
    return np.array(shown, dtype=object)[places]


def _iso(value: int) -> str:
    if value == NO_TIME:
        return ""
    moment = datetime.fromtimestamp(value // 1_000_000_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{value // 1_000_000 % 1000:03d}Z"


def newest_first(values: Times) -> bool:
    """Whether the rows come newest first, as Splunk's searches give them."""
    known = values[values != NO_TIME]
    return len(known) > 1 and bool(known[0] > known[-1])


def column(frame: pd.DataFrame, name: str) -> pd.Series:
    """A column of the search. Raises ValueError that names those that there are."""
    if name not in frame.columns:
        raise ValueError(f"there is no field {name!r}; the search has: {', '.join(frame.columns)}")
    return frame[name]
