"""The model `timeseries_anomaly`: what it learns of each series, its answer, its saved state."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from app.hunting import state
from app.hunting.timeseries import grid, seasons, spread, stl
from app.hunting.timeseries.grid import Grid, Layout, Places
from app.hunting.timeseries.stl import Floats

_VERSION = 1
_FEWEST = 8
_HIGHEST_SCORE = 1000.0
_BLOCK = 1_000_000
_DIGITS = 6
COLUMNS = ("trend", "seasonal", "residual", "baseline", "lower", "upper", "score", "anomaly")


@dataclass(frozen=True, slots=True)
class Settings:
    """How to read and judge series. `periods`: None to find them, () for none.

    `span` in seconds, None to find it; `threshold` in standard deviations.
    """

    layout: Layout
    span: float | None = None
    periods: tuple[str, ...] | None = None
    threshold: float = 4.0


@dataclass(frozen=True, slots=True)
class Series:
    """What was learned of one series: its parts from the span `start` on, and its spread."""

    start: int
    periods: tuple[int, ...]
    trend: Floats
    seasonal: Floats
    heights: Floats
    spreads: Floats
    drift: float

    @property
    def cycle(self) -> int:
        return max(self.periods, default=1)


@dataclass(frozen=True, slots=True)
class Model:
    """The learned series by their key, the values of the `by` fields."""

    settings: Settings
    grid: Grid
    series: dict[tuple[str, ...], Series]


def detect(df: pd.DataFrame, settings: Settings) -> tuple[Model, pd.DataFrame]:
    """Learn every series, and judge the same rows: `learn` and `annotate` at once."""
    rows = grid.read(df, settings.layout)
    model = _learned(rows, settings)
    return model, _answers(model, rows, model.series, df.index)


def learn(df: pd.DataFrame, settings: Settings) -> Model:
    """Decompose every series. Raises ValueError where there is none, or for an unfit span."""
    return _learned(grid.read(df, settings.layout), settings)


def annotate(model: Model, df: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS for each row, in order.

    Rows after (or before) what was learned are judged by its forecast, whose bounds widen with the
    distance. Series that were not there are learned from the rows at hand. A row without a time
    or a number, and one of a series of fewer than eight values, is no anomaly and has no score.
    """
    rows = grid.read(df, model.settings.layout)
    return _answers(model, rows, _with_unknown(model, df, rows), df.index)


def components(model: Model) -> pd.DataFrame:
    """The learned series with their bounds, for pictures: one row per series and span.

    Columns: those of `by`, time (seconds since 1970, or of the local clock), trend, seasonal,
    baseline, lower, upper.
    """
    parts = []
    for key, series in model.series.items():
        cells = np.arange(series.start, series.start + len(series.trend))
        judged = _judged(series, cells, np.full(len(cells), np.nan), model.settings.threshold)
        part = pd.DataFrame(judged, columns=list(COLUMNS))
        part.insert(0, "time", cells * model.grid.step + model.grid.phase)
        for place, name in enumerate(model.settings.layout.by):
            part.insert(place, name, key[place])
        parts.append(part.drop(columns=["residual", "score", "anomaly"]))
    return pd.concat(parts, ignore_index=True)


def overview(model: Model) -> dict[str, Any]:
    """What was learned, in a few numbers: series, span, and which seasons how many series have."""
    found = Counter(
        " and ".join(f"{period * model.grid.step:g} s" for period in one.periods) or "none"
        for one in model.series.values()
    )
    return {"series": len(model.series), "span_s": model.grid.step, "seasons": dict(found)}


def save(model: Model, stem: Path) -> Path:
    """Write the model as `<stem>.zip`."""
    series = list(model.series.values())
    values = {
        "settings": asdict(model.settings),
        "grid": asdict(model.grid),
        "keys": list(model.series),
        "periods": [one.periods for one in series],
    }
    arrays = {
        "start": np.array([one.start for one in series]),
        "end": np.cumsum([len(one.trend) for one in series]),
        "trend": np.concatenate([one.trend for one in series]),
        "seasonal": np.concatenate([one.seasonal for one in series]),
        "heights": np.stack([one.heights for one in series]),
        "spreads": np.stack([one.spreads for one in series]),
        "drift": np.array([one.drift for one in series]),
    }
    return state.save(stem, "timeseries_anomaly", _VERSION, values, arrays)


def load(stem: Path) -> Model:
    """The model that `save` wrote. Raises as `state.load`."""
    loaded = state.load(stem, "timeseries_anomaly", _VERSION)
    values, arrays = loaded.values, loaded.arrays
    bounds = pairwise([0, *arrays["end"].tolist()])
    series = [
        Series(
            start=int(arrays["start"][place]),
            periods=tuple(values["periods"][place]),
            trend=arrays["trend"][begin:end],
            seasonal=arrays["seasonal"][begin:end],
            heights=arrays["heights"][place],
            spreads=arrays["spreads"][place],
            drift=float(arrays["drift"][place]),
        )
        for place, (begin, end) in enumerate(bounds)
    ]
    keys = [tuple(key) for key in values["keys"]]
    return Model(
        _settings(values["settings"]),
        Grid(**values["grid"]),
        dict(zip(keys, series, strict=True)),
    )


def _learned(rows: grid.Rows, settings: Settings) -> Model:
    found = grid.find(rows, settings.span)
    keys = rows.key_tuples()
    by_length: dict[int, list[tuple[int, int, Floats]]] = defaultdict(list)
    for number, start, line in grid.split(rows, found, settings.layout.aggregate):
        by_length[len(line)].append((number, start, line))
    learned: dict[tuple[str, ...], Series] = {}
    for length, entries in by_length.items():
        for block in _blocks(entries, length):
            numbers, starts, lines = zip(*block, strict=True)
            series = _learn_block(np.stack(lines), starts, found.step, settings.periods)
            learned.update(zip([keys[number] for number in numbers], series, strict=True))
    return Model(settings, found, learned)


def _answers(
    model: Model, rows: grid.Rows, known: dict[tuple[str, ...], Series], index: pd.Index
) -> pd.DataFrame:
    cells = model.grid.cells(rows.seconds)
    keys = rows.key_tuples()
    result = np.full((len(index), len(COLUMNS)), np.nan)
    for number, places in _places(rows.series):
        result[places] = _judged(
            known[keys[number]], cells[places], rows.values[places], model.settings.threshold
        )
    columns: dict[str, Any] = dict(zip(COLUMNS, result.T, strict=True))
    columns["anomaly"] = np.nan_to_num(columns["anomaly"]).astype(np.int64)
    return pd.DataFrame(columns, index=index)


def _settings(values: dict[str, Any]) -> Settings:
    layout = values["layout"] | {"by": tuple(values["layout"]["by"])}
    periods = None if values["periods"] is None else tuple(values["periods"])
    return Settings(Layout(**layout), values["span"], periods, values["threshold"])


def _blocks(entries: list[Any], length: int) -> Iterator[list[Any]]:
    size = max(1, _BLOCK // length)
    for at in range(0, len(entries), size):
        yield entries[at : at + size]


def _learn_block(
    lines: Floats, starts: Sequence[int], step: float, periods: tuple[str, ...] | None
) -> list[Series]:
    """Learn series of one length, those of the same seasons at once."""
    found = _periods(lines, step, periods)
    result: dict[int, Series] = {}
    for chosen in sorted(set(found)):
        places = [place for place, one in enumerate(found) if one == chosen]
        parts = stl.decompose(lines[places], chosen)
        for row, place in enumerate(places):
            result[place] = _series(parts, row, starts[place], chosen)
    return [result[place] for place in range(len(lines))]


def _periods(lines: Floats, step: float, periods: tuple[str, ...] | None) -> list[tuple[int, ...]]:
    if periods is None:
        return seasons.find(lines, step)
    given = seasons.given(periods, step)
    return [tuple(period for period in given if 2 * period <= lines.shape[1])] * len(lines)


def _series(parts: stl.Parts, row: int, start: int, periods: tuple[int, ...]) -> Series:
    trend, seasonal, residual = parts.trend[row], parts.seasonal[row], parts.residual[row]
    if np.isfinite(residual).sum() < _FEWEST:
        unknown = np.full(spread.LEVELS, np.nan)
        return Series(start, periods, trend, seasonal, unknown, unknown, 0.0)
    heights, spreads = spread.table(residual, trend + seasonal)
    spreads = spreads * spread.unfitted(len(trend) / max(periods, default=1))
    return Series(start, periods, trend, seasonal, heights, spreads, spread.drift(trend))


def _with_unknown(model: Model, df: pd.DataFrame, rows: grid.Rows) -> dict[tuple[str, ...], Series]:
    keys = rows.key_tuples()
    new = np.array([key not in model.series for key in keys], dtype=bool)
    strange = new[rows.series] & (rows.series >= 0) if len(new) else np.zeros(len(df), bool)
    if not strange.any():
        return model.series
    learned = learn(df[strange], replace(model.settings, span=model.grid.step))
    shift = round((learned.grid.phase - model.grid.phase) / model.grid.step)
    moved = {
        key: replace(series, start=series.start + shift) for key, series in learned.series.items()
    }
    return model.series | moved


def _places(numbers: Places) -> Iterator[tuple[int, Places]]:
    """Each series' number and the places of its rows."""
    order = np.argsort(numbers, kind="stable")
    order = order[numbers[order] >= 0]
    if order.size:
        parts = np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
        for part in parts:
            yield int(numbers[part[0]]), part


def _judged(series: Series, cells: Places, values: Floats, threshold: float) -> Floats:
    """COLUMNS, for values of one series at the given spans."""
    length = len(series.trend)
    at = cells - series.start
    inside = np.clip(at, 0, length - 1)
    ahead = np.abs(at - inside)
    trend = series.trend[inside]
    # Beyond the ends, the season goes on as in the cycle next to it.
    after = length - series.cycle + (at - length) % series.cycle
    place = np.where(at >= length, after, np.where(at < 0, at % series.cycle, inside))
    seasonal = series.seasonal[place]
    baseline = trend + seasonal
    sigma = spread.at(baseline, series.heights, series.spreads)
    sigma = np.sqrt(np.square(sigma) + series.drift * ahead)
    residual = values - baseline
    score = np.clip(residual / sigma, -_HIGHEST_SCORE, _HIGHEST_SCORE)
    anomaly = np.where(np.abs(score) > threshold, np.sign(score), 0.0)
    reach = threshold * sigma
    return np.column_stack(
        [
            *(trend, seasonal, residual, baseline, baseline - reach, baseline + reach),
            *(np.round(score, _DIGITS), anomaly),
        ]
    )
