"""Points in a plane, told apart by what group they are in: clusters, outliers."""

import numpy as np
import pandas as pd

from app.pictures import together
from app.pictures.palette import GROUPS
from app.pictures.scene import MAX_MARKS, Axis, Cells, Layer, Points, Scene


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
    data = points.assign(
        x=pd.to_numeric(points[x], errors="coerce"), y=pd.to_numeric(points[y], errors="coerce")
    )
    data = data[np.isfinite(data["x"]) & np.isfinite(data["y"])]
    alarm = data[marked].fillna(False).astype(bool) if marked else pd.Series(False, data.index)
    layers = _usual(data[~alarm], group)
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
        x=Axis(x),
        y=Axis(y),
        layers=tuple(layers),
        table=pd.concat([data[alarm], data[~alarm]]).drop(columns=["x", "y"]),
        note=note.strip(),
    )


def _usual(data: pd.DataFrame, group: str) -> list[Layer]:
    if len(data) > MAX_MARKS:
        counted = together.cells(data["x"].to_numpy(), data["y"].to_numpy())
        return [Cells(counted, "points, darker where there are more")]
    if not group:
        return [Points(data, "points")]
    names = data[group].astype(str)
    largest = list(names.value_counts().index[: len(GROUPS)])
    layers: list[Layer] = [
        Points(data[names == name], name, role) for name, role in zip(largest, GROUPS, strict=False)
    ]
    rest = data[~names.isin(largest)]
    return [*layers, Points(rest, "other groups", "quiet")] if len(rest) else layers
