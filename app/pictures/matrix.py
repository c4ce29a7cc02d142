"""Who talks to whom: sources against destinations, shaded by how much."""

import numpy as np
import pandas as pd

from app.pictures import together
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
    values = pd.Series(1.0, pairs.index)
    if weight:
        numbers = pd.to_numeric(pairs[weight], errors="coerce").astype(float)
        values = numbers.replace([np.inf, -np.inf], np.nan).fillna(0.0)
    rows, row_names = _named(pairs[source].astype(str), values)
    columns, column_names = _named(pairs[target].astype(str), values)
    sums = values.groupby([rows, columns]).sum()
    at_row = sums.index.get_level_values(0).to_numpy(dtype=int)
    at_column = sums.index.get_level_values(1).to_numpy(dtype=int)
    table = pd.DataFrame(
        {
            source: np.array(row_names, dtype=object)[at_row],
            target: np.array(column_names, dtype=object)[at_column],
            weight or "count": sums.to_numpy(),
        }
    )
    size = np.log1p(np.abs(sums.to_numpy()))
    found = together.clear(table).assign(
        x=at_column.astype(float),
        y=at_row.astype(float),
        width=0.96,
        height=0.96,
        share=size / (size.max(initial=0.0) or 1.0),
    )
    others = max(len(row_names), len(column_names)) > MAX_NAMES
    return Scene(
        title=title,
        description=f"{len(found):,} pairs of {pairs[source].nunique():,} sources and "
        f"{pairs[target].nunique():,} destinations.",
        x=Axis(target, "category", tuple(column_names)),
        y=Axis(source, "category", tuple(row_names)),
        layers=(Cells(found, weight or "events"),),
        table=table.sort_values(weight or "count", ascending=False),
        note=f"Beyond the {MAX_NAMES} largest, the others are drawn as one." * others,
    )


def _named(values: pd.Series, weights: pd.Series) -> tuple[pd.Series, list[str]]:
    """The place of each value, and the names by place: the largest first."""
    sums = weights.groupby(values).sum().sort_values(ascending=False, kind="stable")
    kept = list(sums.index[:MAX_NAMES])
    others = len(sums) - len(kept)
    names = [*kept, f"({others:,} others)"] if others else kept
    places = {name: index for index, name in enumerate(kept)}
    return values.map(places).fillna(len(kept)).astype(int), names
