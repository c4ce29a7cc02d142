"""Which seasons series have.

Candidates are what clocks bring (an hour, a day, a week) and the highest peak of the
autocorrelation. A candidate is a season if the series resembles itself after that time more than
shortly before and after, and if knowing the phase explains enough, beyond what shorter seasons do.
"""

from collections.abc import Sequence

import numpy as np
from scipy import special

from app.hunting.timeseries.stl import Flags, Floats, medians

CLOCK = (3_600.0, 86_400.0, 604_800.0)
_SHORTEST = 4
_CYCLES = 2
_LEAST_SELF = 0.15
_LEAST_GAIN = 0.1
_CHANCE = 1e-3
_CLIP = 4.0
_LEAST_REACH = 0.5


def find(values: Floats, step: float) -> list[tuple[int, ...]]:
    """The seasons of each series (rows; NaN where there is no value), in steps, ascending.

    `step` is in seconds.
    """
    length = values.shape[1]
    calm = _calmed(values)
    self_similar = autocorrelation(calm)
    clock = [round(seconds / step) for seconds in CLOCK if _divides(step, seconds)]
    clock = [period for period in clock if _SHORTEST <= period <= length // _CYCLES]
    found: list[list[int]] = [[] for _ in values]
    rest = np.square(calm).sum(axis=1)
    free = np.full(len(values), float(length - 2))
    for period in clock:
        accepted, left = _explains(calm, period, rest, free)
        accepted &= _peaks_at(self_similar, period)
        for row in np.flatnonzero(accepted).tolist():
            found[row].append(period)
        rest = np.where(accepted, left, rest)
        free = np.where(accepted, length - period - 2.0, free)
    for row in [row for row, periods in enumerate(found) if not periods]:
        found[row] = _other(calm[[row]], self_similar[[row]])
    return [tuple(periods) for periods in found]


def autocorrelation(values: Floats) -> Floats:
    """Autocorrelation of each series for all lags, unbiased by the shrinking overlap."""
    length = values.shape[1]
    spectrum = np.fft.rfft(values, 2 * length)
    products = np.fft.irfft(np.square(np.abs(spectrum)))[:, :length]
    overlap = np.arange(length, 0, -1)
    covariance = products / overlap
    first = covariance[:, :1]
    result: Floats = np.divide(covariance, first, out=np.zeros_like(covariance), where=first > 0)
    return result


def _divides(step: float, seconds: float) -> bool:
    return abs(seconds / step - round(seconds / step)) < 1e-6


def _calmed(values: Floats) -> Floats:
    """Without level and straight trend, extremes cut, gaps filled with 0."""
    present = np.isfinite(values)
    filled = np.where(present, values, 0.0)
    centred = filled - medians(filled, present)
    # Four median absolute deviations are 2.7 standard deviations; daytime peaks stay whole.
    reach = _CLIP * np.maximum(
        medians(np.abs(centred), present), _LEAST_REACH * _mean_size(centred)
    )
    calm = np.where(present, np.clip(centred, -reach, reach), 0.0)
    places = np.linspace(-1, 1, values.shape[1])
    shown = present * places
    slope = (calm * places).sum(axis=1) / np.maximum((shown * places).sum(axis=1), 1e-9)
    calm = np.where(present, calm - slope[:, None] * places, 0.0)
    calm = calm - calm.sum(axis=1, keepdims=True) / np.maximum(
        present.sum(axis=1, keepdims=True), 1
    )
    return np.where(present, calm, 0.0)


def _mean_size(values: Floats) -> Floats:
    return np.asarray(np.abs(values).mean(axis=1, keepdims=True))


def _explains(calm: Floats, period: int, rest: Floats, free: Floats) -> tuple[Flags, Floats]:
    """Whether the means of the phases leave much less than `rest`, and what they leave.

    `rest` is a sum of squares with `free` degrees of freedom; F test of nested models.
    """
    count, length = calm.shape
    cycles = -(-length // period)
    padded = np.pad(calm, ((0, 0), (0, cycles * period - length))).reshape(count, cycles, period)
    sizes = np.full(period, cycles)
    sizes[length - (cycles - 1) * period :] -= 1
    means = padded.sum(axis=1) / sizes
    left = np.maximum(np.square(calm).sum(axis=1) - (sizes * np.square(means)).sum(axis=1), 0)
    left_free = float(max(length - period - 2, 1))
    gain = 1 - (left / left_free) / np.maximum(rest / free, 1e-300)
    used = np.maximum(free - left_free, 1)
    ratio = np.maximum(rest - left, 0) / used / np.maximum(left / left_free, 1e-300)
    accepted = (
        (gain >= _LEAST_GAIN) & (special.fdtrc(used, left_free, ratio) < _CHANCE) & (rest > 0)
    )
    return accepted, left


def _peaks_at(self_similar: Floats, period: int) -> Flags:
    around = [round(period * share) for share in (0.5, 0.75, 1.25)]
    here = self_similar[:, period]
    near = self_similar[:, [lag for lag in around if lag < self_similar.shape[1]]]
    result: Flags = (here >= _LEAST_SELF) & (here[:, None] > near).all(axis=1)
    return result


def _other(calm: Floats, self_similar: Floats) -> list[int]:
    """A season that no clock knows: the highest peak of the autocorrelation."""
    length = calm.shape[1]
    lags = self_similar[0, : length // (_CYCLES + 1) + 1]
    inner = np.arange(_SHORTEST, len(lags) - 1)
    peaks = [lag for lag in inner.tolist() if lags[lag - 1] < lags[lag] >= lags[lag + 1]]
    highest = max((lags[lag] for lag in peaks), default=0.0)
    if highest < _LEAST_SELF:
        return []
    period = next(lag for lag in peaks if lags[lag] >= 0.9 * highest)
    rest = np.square(calm).sum(axis=1)
    accepted, _ = _explains(calm, period, rest, np.array([length - 2.0]))
    return [period] if accepted[0] and _peaks_at(self_similar, period)[0] else []


def texts(option: str) -> tuple[str, ...] | None:
    """The option period=, taken apart: None where the seasons are to be found, () for none.

    Raises ValueError for what is neither a number of spans nor a time.
    """
    if option in ("found", "auto"):
        return None
    parts = () if option == "none" else tuple(option.lower().replace(",", " ").split())
    for part in parts:
        if not part.isdecimal():
            duration(part)
    return parts


def given(texts: Sequence[str], step: float) -> tuple[int, ...]:
    """Seasons as a search gives them: numbers of steps (`24`) or times (`1d`, `7d`, `12h`).

    Raises ValueError for what is neither.
    """
    return tuple(sorted({_steps(text, step) for text in texts}))


def duration(text: str) -> float:
    """Seconds of a time such as `90s`, `5m`, `1h`, `1d`, `1w`. Raises ValueError for all else."""
    units = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = text[len(number) :]
    if unit not in units or not number.isdecimal() or int(number) == 0:
        raise ValueError(f"{text!r} is not a time such as 5m, 1h, 1d or 1w")
    return float(int(number) * units[unit])


def _steps(text: str, step: float) -> int:
    steps = float(text) if text.isdecimal() else duration(text) / step
    if steps != round(steps) or steps < 2:
        raise ValueError(f"period {text!r} is not a whole number of at least two spans")
    return int(steps)
