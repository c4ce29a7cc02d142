"""Who talks to whom: sources against destinations, shaded by how much."""

import numpy as np
import pandas as pd

from app.pictures.scene import Axis, Cells, Scene

MAX_NAMES = 60  # of sources and of destinations


def matrix(
    pairs: pd.DataFrame,
    source: str,
    target: str,
    weight: str = "",
    title: str = "Who talks to whom",
) -> Scene:
    """A matrix of `source` by `target`: the events of each pair counted, or their `weight` summed.

    Raises KeyError if there is no such column.
    """
    values = pairs[weight].astype(float) if weight else pd.Series(1.0, pairs.index)
    rows, row_names = _named(pairs[source].astype(str), values)
    columns, column_names = _named(pairs[target].astype(str), values)
    sums = values.groupby([rows, columns]).sum()
    at_row = sums.index.get_level_values(0).to_numpy()
    at_column = sums.index.get_level_values(1).to_numpy()
    found = pd.DataFrame(
        {
            "x": at_column.astype(float),
            "y": at_row.astype(float),
            "width": 0.96,
            "height": 0.96,
            source: np.array(row_names, dtype=object)[at_row],
            target: np.array(column_names, dtype=object)[at_column],
            weight or "count": sums.to_numpy(),
        }
    )
    found["share"] = np.log1p(sums.to_numpy()) / np.log1p(sums.max())
    drawn = sum(name.endswith(" others)") for name in (*row_names, *column_names))
    return Scene(
        title=title,
        description=f"{len(found):,} pairs of {pairs[source].nunique():,} sources and "
        f"{pairs[target].nunique():,} destinations.",
        x=Axis(target, "category", tuple(column_names)),
        y=Axis(source, "category", tuple(row_names)),
        layers=(Cells(found, weight or "events"),),
        table=found[[source, target, weight or "count"]].sort_values(
            weight or "count", ascending=False
        ),
        note=f"Beyond the {MAX_NAMES} largest, the others are drawn as one." * bool(drawn),
    )


def _named(values: pd.Series, weights: pd.Series) -> tuple[pd.Series, list[str]]:
    """The place of each value, and the names by place: the largest first."""
    sums = weights.groupby(values).sum().sort_values(ascending=False, kind="stable")
    kept = list(sums.index[:MAX_NAMES])
    others = len(sums) - len(kept)
    names = [*kept, f"({others:,} others)"] if others else kept
    places = {name: index for index, name in enumerate(kept)}
    return values.map(places).fillna(len(kept)).astype(int), names
