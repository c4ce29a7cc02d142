"""How far values usually lie from their baseline.

Robust: half of the values may be anything. Where there are values enough, the spread depends on
the height of the baseline: busy hours scatter more than quiet ones.
"""

import math

import numpy as np

from app.hunting.timeseries.stl import Floats

LEVELS = 6
_PER_LEVEL = 40
_LEAST_SHARE = 0.5  # of the whole series' spread: quiet hours are no reason to flag trifles
_MEDIAN_TO_SIGMA = 1.4826
_NINETY_TO_SIGMA = 1.645  # heavier tails than a normal distribution's make the spread wider
_MEAN_TO_SIGMA = 1.2533
_LEAST_RELATIVE = 1e-3
_OFTEN = 0.02
_MOST_CYCLES = 12.0  # as many as the smoothing of a season takes together


def table(residual: Floats, baseline: Floats) -> tuple[Floats, Floats]:
    """Heights of a baseline and the spread (as a standard deviation) at each, LEVELS of both."""
    present = np.isfinite(residual)
    size, height = np.abs(residual[present]), baseline[present]
    least = _LEAST_RELATIVE * float(np.median(np.abs(height))) + np.finfo(float).tiny
    whole = max(_sigma(size), least)
    if len(size) < LEVELS * _PER_LEVEL:
        return np.full(LEVELS, float(np.median(height))), np.full(LEVELS, whole)
    parts = np.array_split(np.argsort(height, kind="stable"), LEVELS)
    heights = np.array([height[part[len(part) // 2]] for part in parts])
    spreads = np.array([max(_sigma(size[part]), _LEAST_SHARE * whole) for part in parts])
    return heights, spreads


def at(baseline: Floats, heights: Floats, spreads: Floats) -> Floats:
    """The spread at each height of a baseline; ends of the table go on beyond it."""
    result: Floats = np.interp(baseline, heights, spreads)
    return result


def unfitted(cycles: float) -> float:
    """By how much a season fitted to few cycles makes residuals too small.

    Around the mean of c values the c fitted ones scatter by sqrt(1 - 1/c), a new one by
    sqrt(1 + 1/c).
    """
    count = max(min(cycles, _MOST_CYCLES), 2.0)
    return math.sqrt((count + 1) / (count - 1))


def drift(trend: Floats) -> float:
    """The variance that the trend gains with each step, from how it moves over many."""
    reach = max(1, len(trend) // 8)
    moves = trend[reach:] - trend[:-reach]
    return float(np.median(np.square(moves)) / reach) if moves.size else 0.0


def _sigma(size: Floats) -> float:
    ordered = np.sort(size)
    middle, ninety = ordered[len(size) // 2], ordered[int(0.9 * len(size))]
    robust = max(_MEDIAN_TO_SIGMA * middle, ninety / _NINETY_TO_SIGMA)
    if robust > 0:
        return float(robust)
    apart = size[size > 0]
    if len(apart) >= _OFTEN * len(size):  # mostly one value, and now and then another one
        return float(np.median(apart)) / 2
    return float(_MEAN_TO_SIGMA * size.mean())
