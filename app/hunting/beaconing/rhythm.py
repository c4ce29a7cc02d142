"""How regular a series of times is: its period, its jitter, and a score.

Two views are put together. Intervals: their median, median absolute deviation and Bowley skew, as
RITA does (activecm/rita, analysis of beacons). Periodogram: the strongest frequencies of the
counts over time, which also finds a period that other traffic to the same place hides. Several
agents of one host that take turns are seen in the intervals to the event after the next, and so
on. Each candidate is then tried on the events themselves: does one follow after that time, more
often than chance would have it?
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]

FEWEST = 6
_TOLERANCES = (0.03, 0.1, 0.2, 0.3)
_PEAKS = 4
_BINS_PER_EVENT = 16
_LEAST_BINS = 256
_MOST_BINS = 65_536
_CYCLES = 3
_TOO_LIKELY = 0.65  # where so many events would be followed in time by chance, that says nothing
_MOST_SKIPPED = 10
# So many check-ins count half, more come closer to all: six in a row may be chance.
_HALF_SURE = 4.0
# So many agents of one host and destination may take turns.
_MOST_AGENTS = 4
_STEADY = 0.1  # scatter of the intervals of each of them, at most
_UNSTEADY = 0.2  # scatter of the intervals between one and the next, at least


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds, and jitter as percent of the period; `missed` check-ins between first and last."""

    score: float
    period: float
    jitter: float
    missed: int
    skew: float


NONE = Rhythm(0.0, np.nan, np.nan, 0, np.nan)


def measure(times: Floats, least_period: float) -> Rhythm:
    """The rhythm of sorted times in seconds.

    Events less than `least_period` after the one before belong to the same check-in. NONE for
    fewer than six check-ins.
    """
    starts = times[np.diff(times, prepend=-np.inf) >= least_period]
    if len(starts) < FEWEST:
        return NONE
    gaps = np.diff(starts)
    agents = _taking_turns(times)  # where two meet, both count
    turns = times[agents:] - times[:-agents] if agents > 1 else gaps
    candidates = _candidates(starts, gaps, turns, least_period)
    tried = [_tried(starts, gaps, period) for period in candidates]
    best = max(regularity for regularity, _, _ in tried)
    if best <= 0:
        return NONE
    # A multiple of the period is as regular as the period is.
    regularity, period, intervals = min(
        (one for one in tried if one[0] >= 0.95 * best), key=lambda one: one[1]
    )
    spread = float(np.subtract(*np.quantile(intervals, [0.95, 0.05])) / period)
    skew = bowley_skew(turns)
    steadiness = 0.7 * regularity + 0.3 * _evenness(turns, skew)
    sure = len(turns) / (len(turns) + _HALF_SURE * agents)
    return Rhythm(
        score=float(np.clip(steadiness * sure, 0, 1)),
        period=period,
        jitter=100 * spread,
        missed=int(_skipped(gaps, period).sum()),
        skew=skew,
    )


def bowley_skew(values: Floats) -> float:
    """Skewness by quartiles, from -1 to 1; 0 where the quartiles are one."""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return float((low + high - 2 * middle) / (high - low)) if high > low else 0.0


def _taking_turns(times: Floats) -> int:
    """How many agents seem to check in in turn: 2 if each second event comes after equal times.

    Sums of more intervals scatter less by themselves, by the root of their number.
    """
    alone = scatter = _scatter(np.diff(times))
    agents = 1
    if alone < _UNSTEADY:
        return agents
    for count in range(2, min(_MOST_AGENTS, len(times) // FEWEST) + 1):
        together = _scatter(times[count:] - times[:-count])
        if together < _STEADY and together * count**0.5 < scatter / 2:
            agents, scatter = count, together * count**0.5
    return agents


def _scatter(gaps: Floats) -> float:
    """Median absolute deviation as a share of the median."""
    middle = np.median(gaps)
    return float(np.median(np.abs(gaps - middle)) / middle) if middle > 0 else np.inf


def _evenness(gaps: Floats, skew: float) -> float:
    """1 for equal intervals, towards 0 as they scatter and lean to one side."""
    scatter = min(1.0, 2 * _scatter(gaps))
    return (1 - scatter) * (1 - abs(skew) * scatter)


def _candidates(
    starts: Floats, gaps: Floats, turns: Floats, least_period: float
) -> Iterable[float]:
    span = float(starts[-1] - starts[0])
    median = float(np.median(gaps))
    periods = [median, float(np.median(turns)), *_peak_periods(starts, span, median)]
    return sorted(
        {period for period in periods if least_period <= period <= span / _CYCLES} or {median}
    )


def _peak_periods(starts: Floats, span: float, median: float) -> list[float]:
    """Periods of the highest peaks in the periodogram of counts over time."""
    most = min(_MOST_BINS, _BINS_PER_EVENT * len(starts))
    wanted = int(np.clip(4 * span / median, _LEAST_BINS, max(most, _LEAST_BINS)))
    places = np.minimum(((starts - starts[0]) / span * wanted).astype(int), wanted - 1)
    counts = np.bincount(places, minlength=wanted).astype(np.float64)
    power = np.abs(np.fft.rfft(counts - counts.mean(), 2 * wanted)) ** 2
    lowest = 2 * _CYCLES
    inner = power[lowest + 1 : -1]
    peaks = np.flatnonzero((inner > power[lowest:-2]) & (inner >= power[lowest + 2 :]))
    strongest = peaks[np.argsort(-inner[peaks])[:_PEAKS]] + lowest + 1
    return [2 * span / float(cycles) for cycles in strongest]


def _tried(starts: Floats, gaps: Floats, period: float) -> tuple[float, float, Floats]:
    """How regular the times are with about this period (0 to 1), the period, the intervals."""
    for _ in range(2):  # the second time with the period that the first has found
        steps = np.maximum(1, np.minimum(_skipped(gaps, period) + 1, _MOST_SKIPPED))
        intervals = _to_nearest(starts, steps * period) / steps
        near = intervals[np.abs(intervals / period - 1) <= _TOLERANCES[-1] / steps]
        if len(near) < FEWEST - 1:
            return 0.0, period, near
        period = float(np.median(near))
    off = np.abs(intervals / period - 1) * steps
    density = len(starts) / float(starts[-1] - starts[0]) * period
    missed = float((steps - 1).sum())
    present = len(gaps) / (len(gaps) + missed)
    return _beyond_chance(off, density) * present**0.5, period, near


def _to_nearest(starts: Floats, ahead: Floats) -> Floats:
    """From each time but the last: how long until the event nearest to `ahead` seconds later."""
    aims = starts[:-1] + ahead
    after = np.clip(np.searchsorted(starts, aims), 1, len(starts) - 1)
    left, right = starts[after - 1], starts[after]
    nearest = np.where(aims - left < right - aims, left, right)
    return nearest - starts[:-1]


def _beyond_chance(off: Floats, density: float) -> float:
    """The share of events that are followed in time, less what independent events would show."""
    shares = [0.0]
    for tolerance in _TOLERANCES:
        hits = float((off <= tolerance).mean())
        chance = max(-float(np.expm1(-2 * tolerance * density)), 2 * tolerance)
        if chance >= _TOO_LIKELY:
            break
        shares.append((hits - chance) / (1 - chance) * (1 - tolerance))
    return max(shares)


def _skipped(gaps: Floats, period: float) -> Floats:
    """How many check-ins would have had their time within each gap."""
    return np.maximum(np.round(gaps / period) - 1, 0)
