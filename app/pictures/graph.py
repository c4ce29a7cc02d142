"""Entities and what connects them: hosts, users, processes, IoCs."""

import networkx as nx
import pandas as pd

from app.pictures.palette import GROUPS
from app.pictures.scene import Axis, Labels, Points, Scene, Segments

MAX_NODES = 400
_STRETCH = 1.45  # sideways: names stand beside their entities
_MAX_LABELS = 80
_LABEL = 40  # characters


def graph(
    edges: pd.DataFrame,
    source: str,
    target: str,
    source_kind: str = "",
    target_kind: str = "",
    title: str = "Entities and their connections",
) -> Scene:
    """A graph of `edges`: one row each, between `source` and `target`.

    source_kind, target_kind: columns that say what an entity is (host, user, C2, ...), told apart
    by colour. Of more than MAX_NODES entities the most connected are drawn.

    Raises KeyError if there is no such column.
    """
    first = _entities(edges, source, source_kind, "source")
    second = _entities(edges, target, target_kind, "target")
    whole = nx.Graph()
    kinds = dict(pd.concat([second, first]).drop_duplicates("entity", keep="last").to_numpy())
    whole.add_nodes_from(kinds)
    whole.add_edges_from(zip(first["entity"], second["entity"], strict=True))
    degree = dict(whole.degree())
    kept = sorted(degree, key=lambda entity: (-degree[entity], entity))[:MAX_NODES]
    drawn = whole.subgraph(kept)
    places = _laid_out(drawn)
    nodes = pd.DataFrame(
        {
            "entity": kept,
            "kind": [kinds[entity] for entity in kept],
            "connections": [degree[entity] for entity in kept],
            "x": [places[entity][0] for entity in kept],
            "y": [places[entity][1] for entity in kept],
        }
    )
    nodes["size"] = 8 + 3 * nodes["connections"].clip(upper=12) ** 0.5
    left = len(kinds) - len(kept)
    return Scene(
        title=title,
        description=f"{len(kinds):,} entities, {whole.number_of_edges():,} connections.",
        x=Axis("", "hidden"),
        y=Axis("", "hidden"),
        layers=(Segments(_lines(drawn, places)), *_groups(nodes), Labels(_labels(nodes))),
        table=nodes[["entity", "kind", "connections"]],
        note=f"{left:,} entities with fewer connections are not drawn." * bool(left),
        same_scale=True,
    )


def _laid_out(drawn: nx.Graph) -> dict[str, tuple[float, float]]:
    """A place for each entity: every connected part by itself, in rows, the largest first."""
    places: dict[str, tuple[float, float]] = {}
    across, down, height = 0.0, 0.0, 0.0
    width = 2 * len(drawn) ** 0.5
    for part in sorted(nx.connected_components(drawn), key=len, reverse=True):
        side = 1.5 * len(part) ** 0.5
        if across and across + side > width:
            across, down, height = 0.0, down - height, 0.0
        centre = (across + side / 2, down - side / 2)
        one = drawn.subgraph(sorted(part))
        places |= nx.spring_layout(one, seed=0, iterations=100, scale=0.4 * side, center=centre)
        across, height = across + side, max(height, side)
    return {entity: (_STRETCH * x, y) for entity, (x, y) in places.items()}


def _entities(edges: pd.DataFrame, name: str, kind: str, default: str) -> pd.DataFrame:
    kinds = edges[kind].astype(str) if kind else default
    return pd.DataFrame({"entity": edges[name].astype(str), "kind": kinds})


def _groups(nodes: pd.DataFrame) -> list[Points]:
    groups = list(nodes.groupby("kind", sort=True))
    return [
        Points(members, str(kind), GROUPS[index % len(GROUPS)])
        for index, (kind, members) in enumerate(groups)
    ]


def _lines(drawn: nx.Graph, places: dict[str, tuple[float, float]]) -> pd.DataFrame:
    ends = [(*places[first], *places[second]) for first, second in drawn.edges()]
    return pd.DataFrame(ends, columns=["x0", "y0", "x1", "y1"], dtype=float)


def _labels(nodes: pd.DataFrame) -> pd.DataFrame:
    shown = nodes.iloc[:_MAX_LABELS]
    return pd.DataFrame(
        {"x": shown["x"], "y": shown["y"], "text": shown["entity"].astype(str).str[:_LABEL]}
    )
