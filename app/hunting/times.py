"""Times of events as seconds since 1970, however a search writes them."""

from typing import Any

import numpy as np
import pandas as pd

Seconds = np.ndarray[Any, np.dtype[np.float64]]

# From here on a number counts a smaller unit than seconds: 1e11 seconds are the year 5138.
_SMALLER_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))


def seconds(column: pd.Series) -> Seconds:
    """Seconds since 1970 (UTC) of each value, NaN where it is no time.

    Reads numbers (Splunk's _time; milli-, micro- and nanoseconds by their size), ISO 8601 and
    other usual texts. A text without an offset counts as UTC. Each distinct value is read once: in
    a search, many events share a time.
    """
    if pd.api.types.is_datetime64_any_dtype(column):
        return _since_epoch(column)
    codes, distinct = pd.factorize(column)
    values = pd.Series(distinct)
    numbers = np.full(len(values), np.nan)
    places = np.array([n for n, value in enumerate(distinct) if not _is_clock(value)], dtype=int)
    read = pd.to_numeric(values.iloc[places], errors="coerce")
    numbers[places] = read.to_numpy(np.float64, na_value=np.nan)
    result = np.append(_scaled(numbers), np.nan)  # the last for what is missing, code -1
    places = np.flatnonzero(np.isnan(numbers))
    if places.size:
        result[places] = _from_texts(values.iloc[places].astype(str))
    return result[codes]


def _is_clock(value: object) -> bool:
    """Whether a value is a text with hours and minutes, which no number is."""
    return isinstance(value, str) and ":" in value


def _scaled(numbers: Seconds) -> Seconds:
    result = numbers.copy()
    for least, per_second in _SMALLER_UNITS:
        larger = np.abs(result) >= least
        result[larger] /= per_second
    return np.where(np.isfinite(result), result, np.nan)


def _from_texts(texts: pd.Series) -> Seconds:
    read = pd.to_datetime(texts, utc=True, format="ISO8601", errors="coerce")
    if read.isna().any():
        other = pd.to_datetime(texts[read.isna()], utc=True, format="mixed", errors="coerce")
        read = read.fillna(other)
    return _since_epoch(read)


def _since_epoch(times: pd.Series) -> Seconds:
    """Of times with an offset, or in UTC without; far faster than arithmetic with Timestamp."""
    nanoseconds = pd.DatetimeIndex(times).as_unit("ns")
    return np.where(nanoseconds.isna(), np.nan, nanoseconds.astype(np.int64).to_numpy() / 1e9)
