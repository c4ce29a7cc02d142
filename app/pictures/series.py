"""A value over time with its baseline, its bounds and the anomalies."""

import numpy as np
import pandas as pd

from app.pictures import together
from app.pictures.scene import MAX_MARKS, Axis, Band, Layer, Line, Points, Scene


def series(
    values: pd.DataFrame,
    time: str,
    value: str,
    baseline: str = "",
    lower: str = "",
    upper: str = "",
    anomaly: str = "",
    title: str = "",
) -> Scene:
    """A time series: rows of `time` and `value`, in any order.

    baseline, lower, upper: columns with what was expected and its bounds; anomaly: a column that
    is not 0 where the value is one.

    Raises KeyError if there is no such column.
    """
    places = pd.DataFrame({"x": together.moments(values[time]).to_numpy()})
    for name, column in (("y", value), ("baseline", baseline), ("lower", lower), ("upper", upper)):
        places[name] = _numbers(values[column]) if column else np.nan
    order = np.argsort(places["x"].to_numpy(), kind="stable")
    order = order[places[["x", "y"]].notna().all(axis=1).to_numpy()[order]]
    data, places = values.iloc[order], places.iloc[order]
    odd = np.zeros(len(data), bool)
    if anomaly:
        odd = together.truth(data[anomaly]).to_numpy()
    layers: list[Layer] = []
    if lower and upper:
        band = places[["x", "lower", "upper"]].dropna()
        layers.append(Band(band.iloc[:: len(band) // MAX_MARKS + 1], "expected range"))
    if baseline:
        layers.append(Line(_line(places, "baseline"), "baseline", "second", dashed=True))
    layers.append(Line(_line(places, "y"), str(value)))
    if odd.any():
        shown = together.clear(data.drop(columns=time)[odd])
        shown = shown.assign(x=places["x"][odd].to_numpy(), y=places["y"][odd].to_numpy())
        layers.append(Points(shown.iloc[:MAX_MARKS], "anomalies", "alarm", symbol="diamond"))
    left = len(values) - len(data)
    note = _note(len(data)) + together.said_of_marked(int(odd.sum()))
    note += f"{left:,} rows have no time or no number that can be read." * bool(left)
    return Scene(
        title=title or f"{value} over time",
        description=f"{len(data):,} values of {value}; {int(odd.sum()):,} are anomalies.",
        x=Axis("time (UTC)", "time"),
        y=Axis(str(value)),
        layers=tuple(layers),
        table=pd.concat([data[odd], data[~odd]]),
        note=note.strip(),
    )


def _numbers(column: pd.Series) -> np.ndarray:
    """Missing where there is no finite one."""
    found = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(found), found, np.nan)


def _line(places: pd.DataFrame, column: str) -> pd.DataFrame:
    known = places.dropna(subset=[column])
    return together.envelope(known["x"].to_numpy(), known[column].to_numpy())


def _note(count: int) -> str:
    if count <= MAX_MARKS:
        return ""
    return f"Of {count:,} values the line shows the lowest and the highest of each stretch. "
