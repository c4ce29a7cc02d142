"""Processes and their children."""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import pandas as pd

from app.pictures.scene import Axis, Labels, Points, Scene, Segments

MAX_NODES = 1_500
_MAX_LABELS = 150
_LABEL = 60  # characters


def tree(
    nodes: pd.DataFrame,
    node: str,
    parent: str,
    label: str,
    score: str = "",
    marked: str = "",
    title: str = "Process tree",
) -> Scene:
    """A tree: one row a node, with its id, its parent's id (missing for roots) and its label.

    score: a column by which nodes are kept where there are more than MAX_NODES: the highest, and
    all that they descend from; marked: a column of truth values, those to point out.

    Raises KeyError if there is no such column.
    """
    unique = nodes.drop_duplicates(node).set_index(node, drop=False)
    parents = unique[parent].where(unique[parent].isin(unique.index)).to_dict()
    ranked = unique[score].sort_values(ascending=False, kind="stable") if score else unique[label]
    kept = _with_ancestors(list(ranked.index), parents)
    places = _places(list(unique.index[unique.index.isin(kept)]), parents)
    data = unique.loc[list(places)].copy()
    data["x"] = [float(places[key][0]) for key in data.index]
    data["y"] = [-float(places[key][1]) for key in data.index]
    alarm = data[marked].fillna(False).astype(bool) if marked else pd.Series(False, data.index)
    left = len(unique) - len(data)
    notes = [f"{left:,} nodes with lower scores are not drawn."] * bool(left)
    notes += ["Not all are named: point at one to see what it is."] * (len(data) > _MAX_LABELS)
    return Scene(
        title=title,
        description=f"{len(unique):,} nodes, {int(alarm.sum()):,} of them marked; "
        f"the deepest is {int(data['x'].max() if len(data) else 0)} levels down.",
        x=Axis("depth"),
        y=Axis("", "hidden"),
        layers=(
            Segments(_branches(data, parents)),
            Points(data[~alarm], "processes"),
            Points(data[alarm], "marked", "alarm", symbol="triangle"),
            Labels(_labels(data, label, alarm)),
        ),
        table=pd.concat([data[alarm], data[~alarm]]).drop(columns=["x", "y"]),
        note=" ".join(notes),
    )


def _with_ancestors(ranked: list[object], parents: Mapping[object, object]) -> set[object]:
    """The first nodes and all that they descend from, MAX_NODES at most."""
    kept: set[object] = set()
    for key in ranked:
        line: dict[object, None] = {}
        at: object = key
        while at == at and at is not None and at not in kept and at not in line:
            line[at] = None
            at = parents.get(at)
            if len(kept) + len(line) > MAX_NODES:
                break
        else:
            kept.update(line)
    return kept


def _places(keys: list[object], parents: Mapping[object, object]) -> dict[object, tuple[int, int]]:
    """Depth and row of each node, a parent straight above its first child."""
    known = set(keys)
    children: dict[object, list[object]] = defaultdict(list)
    roots: list[object] = []
    for key in keys:
        above = parents.get(key)
        (children[above] if above in known and above != key else roots).append(key)
    places: dict[object, tuple[int, int]] = {}
    waiting = [(key, 0) for key in reversed(roots)]
    while waiting:
        key, depth = waiting.pop()
        if key not in places:
            places[key] = depth, len(places)
            waiting += [(child, depth + 1) for child in reversed(children[key])]
    return places


def _branches(data: pd.DataFrame, parents: Mapping[object, object]) -> pd.DataFrame:
    """From each node down and across to its children."""
    above = pd.Series([parents.get(key) for key in data.index], index=data.index, dtype=object)
    below = data[above.isin(data.index).to_numpy()]
    from_ = data.loc[above[below.index]] if len(below) else below
    x0, y0 = from_["x"].to_numpy(), from_["y"].to_numpy()
    x1, y1 = below["x"].to_numpy(), below["y"].to_numpy()
    down = pd.DataFrame({"x0": x0, "y0": y0, "x1": x0, "y1": y1})
    across = pd.DataFrame({"x0": x0, "y0": y1, "x1": x1, "y1": y1})
    return pd.concat([down, across], ignore_index=True)


def _labels(data: pd.DataFrame, label: str, alarm: pd.Series) -> pd.DataFrame:
    """All labels, or those of marked nodes that do not lie over one another."""
    shown = data if len(data) <= _MAX_LABELS else _apart(data[alarm], len(data) / _MAX_LABELS)
    texts = shown[label].astype(str)
    return pd.DataFrame(
        {
            "x": shown["x"].to_numpy(),
            "y": shown["y"].to_numpy(),
            "text": np.where(texts.str.len() > _LABEL, texts.str[:_LABEL] + "...", texts),
        }
    )


def _apart(data: pd.DataFrame, least: float) -> pd.DataFrame:
    """Nodes at least so many rows apart, from the top down."""
    kept: list[int] = []
    last = -np.inf
    for place, row in enumerate((-data["y"]).tolist()):
        if row - last >= least:
            kept.append(place)
            last = row
    return data.iloc[kept]
