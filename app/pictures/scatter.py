"""Points in a plane, told apart by what group they are in: clusters, outliers."""

import numpy as np
import pandas as pd

from app.pictures import together
from app.pictures.palette import GROUPS
from app.pictures.scene import MAX_MARKS, Axis, Cells, Layer, Points, Scene

_FAR = 1e300  # the width of a picture must itself be a number


def scatter(
    points: pd.DataFrame,
    x: str,
    y: str,
    group: str = "",
    marked: str = "",
    title: str = "",
) -> Scene:
    """A scatter plot of `points`: one row each.

    group: a column that tells them apart, the largest groups by colour; marked: a column of truth
    values, those to point out. More than MAX_MARKS points are counted in cells; those that are
    marked are still drawn each.

    Raises KeyError if there is no such column.
    """
    at_x, at_y = _numbers(points, x), _numbers(points, y)
    known = (np.abs(at_x) < _FAR) & (np.abs(at_y) < _FAR)
    data = together.clear(points).assign(x=at_x, y=at_y)[known]
    names = together.first(points, group)[known].astype(str).to_numpy() if group else None
    alarm = np.zeros(len(data), bool)
    if marked:
        alarm = together.truth(together.first(points, marked))[known].to_numpy()
    layers = _usual(data[~alarm], None if names is None else names[~alarm])
    if alarm.any():
        shown = data[alarm].iloc[:MAX_MARKS]
        layers.append(Points(shown, "marked", "alarm", symbol="triangle"))
    left = len(points) - len(data)
    note = together.said(int((~alarm).sum()), "points")
    note += together.said_of_marked(int(alarm.sum()))
    note += f"{left:,} rows have no place in the picture." * bool(left)
    return Scene(
        title=title or f"{y} by {x}",
        description=f"{len(data):,} points; {int(alarm.sum()):,} are marked.",
        x=Axis(str(x)),
        y=Axis(str(y)),
        layers=tuple(layers),
        table=pd.concat([points[known][alarm], points[known][~alarm]]),
        note=note.strip(),
    )


def _numbers(points: pd.DataFrame, name: str) -> np.ndarray:
    """Missing where there is none; as wide numbers: a Decimal or a missing integer is none."""
    column = pd.to_numeric(together.first(points, name), errors="coerce")
    return column.to_numpy(dtype=float, na_value=np.nan)


def _usual(data: pd.DataFrame, groups: np.ndarray | None) -> list[Layer]:
    if len(data) > MAX_MARKS:
        counted = together.cells(data["x"].to_numpy(), data["y"].to_numpy())
        return [Cells(counted, "points, darker where there are more")]
    if groups is None:
        return [Points(data, "points")]
    names = pd.Series(groups, data.index)
    largest = list(names.value_counts().index[: len(GROUPS)])
    layers: list[Layer] = [
        Points(data[names == name], name, role) for name, role in zip(largest, GROUPS, strict=False)
    ]
    rest = data[~names.isin(largest)]
    return [*layers, Points(rest, "other groups", "quiet")] if len(rest) else layers
