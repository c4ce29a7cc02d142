"""Putting marks together where there are more than a browser can draw. Nothing is dropped."""

import numpy as np
import pandas as pd

from app.hunting import times
from app.pictures.scene import MAX_MARKS, PLACES

_COLUMNS = 320
_ROWS = 60
_FALSE = ("", "0", "0.0", "false", "no", "none")


def moments(column: pd.Series) -> pd.Series:
    """Times as both ways of drawing have them (UTC); missing where there is none."""
    seconds = pd.Series(times.seconds(column), column.index)
    return pd.to_datetime(seconds, unit="s", errors="coerce").dt.as_unit("ms")


def clear(events: pd.DataFrame) -> pd.DataFrame:
    """The events with no column twice, and none that has the name of a coordinate."""
    once = events.loc[:, ~events.columns.duplicated()]
    return once.rename(columns={name: f"{name}_" for name in once.columns if name in PLACES})


def first(events: pd.DataFrame, name: str) -> pd.Series:
    """The column, the first one of that name. Raises KeyError."""
    found = events[name]
    return found.iloc[:, 0] if isinstance(found, pd.DataFrame) else found


def truth(column: pd.Series) -> pd.Series:
    """Truth values, also of those that are written: "0", "false" and "" are not true."""
    if pd.api.types.is_numeric_dtype(column):
        return column.fillna(False).astype(bool)
    written = column.astype(object).where(column.notna(), "").astype(str)
    return ~written.str.strip().str.lower().isin(_FALSE)


def said(count: int, what: str) -> str:
    """A sentence for the note of a picture; '' if each of `count` is drawn by itself."""
    if count <= MAX_MARKS:
        return ""
    return f"{count:,} {what} are counted in cells; each cell says how many it holds. "


def said_of_marked(count: int) -> str:
    """The same for those that are to be drawn each in any case."""
    return f"Of {count:,} that are marked, {MAX_MARKS:,} are drawn. " * (count > MAX_MARKS)


def cells(x: np.ndarray, y: np.ndarray, columns: int = _COLUMNS, rows: int = _ROWS) -> pd.DataFrame:
    """The points counted in a grid: x, y (centres), width, height, count, share (of the highest).

    Shares are of the logarithm, so that single points stay visible beside thousands.
    """
    counts, x_edges, y_edges = np.histogram2d(x, y, bins=(columns, rows))
    at_x, at_y = np.nonzero(counts)
    found = counts[at_x, at_y]
    widths, heights = np.diff(x_edges), np.diff(y_edges)
    return pd.DataFrame(
        {
            "x": (x_edges[at_x] + x_edges[at_x + 1]) / 2,
            "y": (y_edges[at_y] + y_edges[at_y + 1]) / 2,
            "width": widths[at_x],
            "height": heights[at_y],
            "count": found.astype(int),
            "share": np.log1p(found) / np.log1p(found.max(initial=1)),
        }
    )


def envelope(x: np.ndarray, y: np.ndarray, most: int = MAX_MARKS) -> pd.DataFrame:
    """A line of at most `most` points through the lowest and highest value of each stretch.

    x ascending. The line looks as the whole would: no peak is lost.
    """
    if len(x) <= most:
        return pd.DataFrame({"x": x, "y": y})
    stretch = np.arange(len(x)) * (most // 2) // len(x)
    values = pd.Series(y).groupby(stretch)
    kept = np.unique(np.concatenate([values.idxmin().dropna(), values.idxmax().dropna()]))
    kept = kept.astype(int)
    return pd.DataFrame({"x": np.asarray(x)[kept], "y": np.asarray(y)[kept]})
