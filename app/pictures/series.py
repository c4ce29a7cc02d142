"""A value over time with its baseline, its bounds and the anomalies."""

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
    at = together.moments(values[time])
    data = values.assign(x=at).dropna(subset=["x", value]).sort_values("x", kind="stable")
    odd = data[data[anomaly].fillna(0) != 0] if anomaly else data.iloc[:0]
    layers: list[Layer] = []
    if lower and upper:
        band = data[["x", lower, upper]].set_axis(["x", "lower", "upper"], axis=1).dropna()
        layers.append(Band(band.iloc[:: len(band) // MAX_MARKS + 1], "expected range"))
    if baseline:
        layers.append(Line(_line(data, baseline), "baseline", "second", dashed=True))
    layers.append(Line(_line(data, value), value))
    if len(odd):
        shown = odd.assign(y=odd[value]).drop(columns=time)
        layers.append(Points(shown.iloc[:MAX_MARKS], "anomalies", "alarm", symbol="diamond"))
    return Scene(
        title=title or f"{value} over time",
        description=f"{len(data):,} values of {value}; {len(odd):,} are anomalies.",
        x=Axis("time (UTC)", "time"),
        y=Axis(value),
        layers=tuple(layers),
        table=pd.concat([odd, data.drop(index=odd.index)]).drop(columns="x"),
        note=_note(len(data)),
    )


def _line(data: pd.DataFrame, column: str) -> pd.DataFrame:
    known = data.dropna(subset=[column])
    return together.envelope(known["x"].to_numpy(), known[column].to_numpy(dtype=float))


def _note(count: int) -> str:
    if count <= MAX_MARKS:
        return ""
    return f"Of {count:,} values the line shows the lowest and the highest of each stretch."
