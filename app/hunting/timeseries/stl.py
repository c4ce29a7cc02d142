"""Series into trend, seasons and residual, many series at once.

STL (Cleveland et al., "STL: A Seasonal-Trend Decomposition Procedure Based on Loess", Journal of
Official Statistics 6, 1990) with seasonal smoothing of degree 0, bisquare robustness weights and
loess at every k-th point, as R's stl() does by default. Written as products of matrices over all
series of one length, so that thousands take the time that statsmodels needs for a few; missing
values have the weight 0 instead of being filled. Two seasons: one after the other is smoothed out
of what the others leave, as in MSTL (Bandara, Hyndman, Bergmeir, 2021).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy import sparse

Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

_PASSES = 6
# A season changes slowly: the weight of other cycles falls to 0 at this distance.
_SEASONAL_CYCLES = 18
_JUMPS_PER_WINDOW = 10
_TINY = 1e-12
_DENSE_CELLS = 1_000_000


@dataclass(frozen=True, slots=True)
class Parts:
    """Series x time. Series = trend + seasonal + residual; the residual is NaN where it is not."""

    trend: Floats
    seasonal: Floats
    residual: Floats


def decompose(values: Floats, periods: Sequence[int]) -> Parts:
    """Split series (rows; NaN where there is no value) with the given seasons, in steps."""
    present = np.isfinite(values)
    filled = np.where(present, values, 0.0)
    weights = present.astype(np.float64)
    seasons = [np.zeros_like(filled) for _ in periods]
    window = trend_window(values.shape[1], periods)
    start = medians(filled, present)
    trend = np.broadcast_to(start, values.shape)
    for left in reversed(range(_PASSES)):
        for place, period in enumerate(periods):
            others = trend + sum(seasons[:place] + seasons[place + 1 :])
            seasons[place] = _seasonal(filled - others, weights, period)
        seasonal = sum(seasons, np.zeros_like(filled))
        trend = _loess(filled - seasonal, weights, window)
        residual = filled - seasonal - trend
        if left:
            weights = _bisquare(residual, present)
    return Parts(trend, seasonal, np.where(present, residual, np.nan))


def trend_window(length: int, periods: Sequence[int]) -> int:
    """How many steps the trend is smoothed over: odd, and so many that it passes over a burst."""
    wanted = int(2.5 * max(periods)) if periods else int(np.clip(length / 8, 15, 61))
    return max(7, wanted) | 1


def medians(values: Floats, present: Flags) -> Floats:
    """The median of each row's present values, as a column; 0 where there is none."""
    if present.all():
        low, high = (values.shape[1] - 1) // 2, values.shape[1] // 2
        ordered = np.partition(values, (low, high), axis=1)
        return np.asarray((ordered[:, [low]] + ordered[:, [high]]) / 2)
    ordered = np.sort(np.where(present, values, np.inf), axis=1)
    counts = present.sum(axis=1, keepdims=True)
    low, high = np.maximum(counts - 1, 0) // 2, np.minimum(counts // 2, values.shape[1] - 1)
    middle = np.take_along_axis(ordered, low, axis=1) + np.take_along_axis(ordered, high, axis=1)
    return np.where(counts > 0, middle / 2, 0.0)


def _bisquare(residual: Floats, present: Flags) -> Floats:
    """Robustness weights: 0 from six median absolute residuals on, and where nothing is."""
    size = np.abs(residual)
    share = size / np.maximum(6 * medians(size, present), _TINY)
    return np.where(present, np.square(np.maximum(1 - np.square(share), 0.0)), 0.0)


def _seasonal(rest: Floats, weights: Floats, period: int) -> Floats:
    """Each phase of the season smoothed over the cycles, less the mean of the cycle."""
    count, length = rest.shape
    cycles = -(-length // period)
    weight = _folded(weights, cycles, period)
    weighted = _folded(weights * rest, cycles, period)
    kernel = _cycle_kernel(cycles)
    total = kernel @ weight
    smooth = np.where(total > _TINY, (kernel @ weighted) / np.maximum(total, _TINY), 0.0)
    known = total > _TINY
    mean = smooth.sum(axis=2, keepdims=True) / np.maximum(known.sum(axis=2, keepdims=True), 1)
    level = np.where(known, smooth - mean, 0.0)
    return level.reshape(count, cycles * period)[:, :length]


def _folded(values: Floats, cycles: int, period: int) -> Floats:
    """Series x cycles x phase, the rest of the last cycle 0."""
    count, length = values.shape
    whole = np.zeros((count, cycles * period))
    whole[:, :length] = values
    return whole.reshape(count, cycles, period)


@lru_cache(maxsize=64)
def _cycle_kernel(cycles: int) -> Floats:
    distance = np.abs(np.subtract.outer(np.arange(cycles), np.arange(cycles)))
    return _tricube(distance / _SEASONAL_CYCLES)


@lru_cache(maxsize=16)
def _loess_kernel(length: int, window: int) -> tuple[Floats, Any, Any]:
    """The points where the trend is computed, what each value weighs there (points x length), and
    what the points add to the trend of each time (length x points): straight pieces between.
    """
    window = min(window, length)
    step = max(1, -(-window // _JUMPS_PER_WINDOW))
    points = np.unique(np.append(np.arange(0, length, step), length - 1))
    first = np.clip(points - window // 2, 0, length - window)
    nearest = first[:, None] + np.arange(window)
    distance = np.abs(nearest - points[:, None]).astype(np.float64)
    weights = _tricube(distance / (distance.max(axis=1, keepdims=True) + 1))
    kernel = _matrix(weights, nearest, length)
    return points.astype(np.float64), kernel, _pieces(points, length)


def _pieces(points: Any, length: int) -> Any:
    places = np.arange(length)
    if len(points) == 1:
        return np.ones((length, 1))
    right = np.clip(np.searchsorted(points, places, side="right"), 1, len(points) - 1)
    share = (places - points[right - 1]) / (points[right] - points[right - 1])
    return _matrix(
        np.column_stack([1 - share, share]), np.column_stack([right - 1, right]), len(points)
    )


def _matrix(values: Floats, columns: Any, width: int) -> Any:
    """Rows of a few values in their columns; sparse where the whole matrix would be large."""
    count, filled = values.shape
    starts = np.arange(count + 1) * filled
    matrix = sparse.csr_array((values.ravel(), columns.ravel(), starts), shape=(count, width))
    return matrix.toarray() if count * width <= _DENSE_CELLS else matrix


def _loess(values: Floats, weights: Floats, window: int) -> Floats:
    """Lines fitted around every k-th point, joined by straight pieces."""
    length = values.shape[1]
    points, kernel, pieces = _loess_kernel(length, window)
    scale = max(length - 1, 1)
    at, places = points / scale, np.arange(length) / scale
    weighted, placed = weights * values, weights * places
    moments = (weights, placed, placed * places, weighted, weighted * places)
    s0, s1, s2, y0, y1 = (_summed(moment, kernel) for moment in moments)
    s0 = np.maximum(s0, _TINY)
    mean, middle = y0 / s0, s1 / s0
    spread = np.maximum(s2 / s0 - middle**2, _TINY)
    slope = np.where(spread > _TINY, (y1 / s0 - middle * mean) / spread, 0.0)
    fitted = mean + slope * (at - middle)
    return _summed(fitted, pieces)


def _summed(values: Floats, matrix: Any) -> Floats:
    """Each row of the values, summed with the weights of each row of the matrix."""
    if isinstance(matrix, np.ndarray):
        return np.asarray(values @ matrix.T)
    return np.ascontiguousarray((matrix @ values.T).T)


def _tricube(distance: Floats) -> Floats:
    cubed: Floats = np.maximum(1 - np.abs(distance) ** 3, 0.0) ** 3
    return cubed
