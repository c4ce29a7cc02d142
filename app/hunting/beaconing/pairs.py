"""Events grouped to pairs of source and destination, and the rhythm of each pair."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from app.hunting import times
from app.hunting.beaconing import rhythm

Codes = np.ndarray[Any, np.dtype[np.int64]]

TIME = ("_time", "time", "timestamp", "ts", "UtcTime", "TimeGenerated")
SOURCE = ("source_ip", "src_ip", "SourceIp", "id.orig_h", "src", "client_ip", "host", "Computer")
DESTINATION = (
    *("dest_ip", "DestinationIp", "id.resp_h", "dest", "dest_host", "DestinationHostname"),
    *("query", "QueryName", "url_domain", "domain"),
)
PROCESS = ("process_guid", "ProcessGuid")
_DELIMITER = " > "


@dataclass(frozen=True, slots=True)
class Fields:
    """Which fields say when, from where and to where; the first that is not empty counts.

    `by` are further fields that tell one series of events from another.
    """

    time: str
    source: tuple[str, ...]
    destination: tuple[str, ...]
    by: tuple[str, ...] = ()


def choose(
    names: Sequence[str],
    time: Sequence[str] = (),
    source: Sequence[str] = (),
    destination: Sequence[str] = (),
    by: Sequence[str] | None = None,
) -> Fields:
    """The fields of a search: those given, else those with a usual name.

    Raises ValueError where there is none.
    """
    return Fields(
        time=_found(names, time, TIME, "time")[0],
        source=_found(names, source, SOURCE, "source"),
        destination=_found(names, destination, DESTINATION, "dest"),
        by=tuple(name for name in PROCESS if name in names) if by is None else tuple(by),
    )


def table(df: pd.DataFrame, fields: Fields, least_period: float) -> pd.DataFrame:
    """One row per pair, the most regular first.

    Columns: source, destination, those of `fields.by`, count, score, period, jitter, missed,
    skew, first and last (seconds since 1970), rank.
    """
    codes, keys = group(df, fields)
    return _measured(times.seconds(df[fields.time]), codes, keys, least_period)


def annotate(df: pd.DataFrame, fields: Fields, least_period: float) -> pd.DataFrame:
    """The values of its pair for each row, in order.

    A row without a time, a source or a destination has score 0, rank 0 and no pair.
    """
    codes, keys = group(df, fields)
    measured = _measured(times.seconds(df[fields.time]), codes, keys, least_period)
    rows = measured.reindex(codes)
    columns = ["score", "period", "jitter", "count", "missed", "rank"]
    result = rows[columns].set_axis(df.index)
    result.insert(0, "pair", _pair_names(rows).where(codes >= 0, "").to_numpy())
    whole = ["count", "missed", "rank"]
    return result.fillna(dict.fromkeys(["score", *whole], 0)).astype(dict.fromkeys(whole, int))


def intervals(df: pd.DataFrame, fields: Fields, bins: int = 60) -> pd.DataFrame:
    """Histograms of the time between events, for pictures.

    Columns: pair, low and high (seconds), count. The bins of a pair go
    from 0 to twice its median interval, the last one takes all above.
    """
    codes, keys = group(df, fields)
    parts = []
    for pair, moments in _series(times.seconds(df[fields.time]), codes):
        gaps = np.diff(moments)
        if not gaps.any():
            continue
        width = 2 * float(np.median(gaps[gaps > 0])) / bins
        counts = np.bincount(np.minimum((gaps / width).astype(int), bins - 1), minlength=bins)
        lows = np.arange(bins) * width
        part = pd.DataFrame({"low": lows, "high": lows + width, "count": counts})
        parts.append(part.assign(pair=_pair_names(keys.iloc[[pair]]).iloc[0]))
    columns = ["pair", "low", "high", "count"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def group(df: pd.DataFrame, fields: Fields) -> tuple[Codes, pd.DataFrame]:
    """For each row the number of its pair, -1 without one, and what the numbers stand for."""
    keys = pd.DataFrame(
        {
            "source": _first_filled(df, fields.source),
            "destination": _first_filled(df, fields.destination),
        }
    )
    for name in fields.by:
        keys[name] = df[name].astype(str).where(df[name].notna(), "").to_numpy()
    complete = (keys[["source", "destination"]] != "").all(axis=1).to_numpy()
    complete &= ~np.isnan(times.seconds(df[fields.time]))
    distinct = keys[complete].drop_duplicates(ignore_index=True)
    numbers = pd.MultiIndex.from_frame(distinct).get_indexer(pd.MultiIndex.from_frame(keys))
    return np.where(complete, numbers, -1), distinct


def _found(
    names: Sequence[str], given: Sequence[str], usual: Sequence[str], option: str
) -> tuple[str, ...]:
    found = tuple(given) or tuple(name for name in usual if name in names)
    if not found:
        raise ValueError(
            f"no field tells the {option}: name it with {option}=; the search has: "
            f"{', '.join(names)}"
        )
    return found


def _first_filled(df: pd.DataFrame, names: Sequence[str]) -> Any:
    result = df[names[0]].astype(object)
    for name in names[1:]:
        result = result.where(result.notna(), df[name])
    return result.astype(str).where(result.notna(), "").to_numpy()


def _measured(
    seconds: times.Seconds, codes: Codes, keys: pd.DataFrame, least_period: float
) -> pd.DataFrame:
    """`table`, with the numbers of the pairs as its index."""
    found = [
        (pair, len(moments), moments[0], moments[-1], rhythm.measure(moments, least_period))
        for pair, moments in _series(seconds, codes)
    ]
    index = pd.Index([pair for pair, *_ in found], dtype="int64")
    measures = pd.DataFrame(
        {
            "count": [count for _, count, *_ in found],
            "score": [round(one.score, 4) for *_, one in found],
            "period": [round(one.period, 3) for *_, one in found],
            "jitter": [round(one.jitter, 2) for *_, one in found],
            "missed": [one.missed for *_, one in found],
            "skew": [round(one.skew, 3) for *_, one in found],
            "first": [first for _, _, first, _, _ in found],
            "last": [last for *_, last, _ in found],
        },
        index=index,
    )
    result = keys.join(measures).sort_values(["score", "count"], ascending=False, kind="stable")
    result["rank"] = np.arange(1, len(result) + 1)
    return result


def _series(seconds: times.Seconds, codes: Codes) -> list[tuple[int, rhythm.Floats]]:
    """The sorted times of each pair."""
    order = np.lexsort((seconds, codes))
    order = order[codes[order] >= 0]
    if not order.size:
        return []
    bounds = np.flatnonzero(np.diff(codes[order])) + 1
    starts = np.concatenate([[0], bounds])
    parts = np.split(seconds[order], bounds)
    return list(zip(codes[order][starts].tolist(), parts, strict=True))


def _pair_names(keys: pd.DataFrame) -> pd.Series:
    return keys["source"].astype(str) + _DELIMITER + keys["destination"].astype(str)
