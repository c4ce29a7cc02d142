"""The model: clusters of events alike, and how rare and suspicious each event is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.hunting import events, processes
from app.hunting.clusters.features import Points, points
from app.hunting.clusters.grouping import MAX_POINTS, NOISE, Cells, Ints, cells, grouped
from app.hunting.processes import scoring
from app.hunting.processes.scoring import Known

Floats = NDArray[np.float64]
_BY_CLUSTER = 0.01  # of the score where processes are judged: decides among equal suspicion
_SHOWN = 300  # characters of a representative
_BATCH = 20_000


@dataclass(frozen=True, slots=True)
class Options:
    """Which fields are what, how clusters are made, and other names of process fields."""

    roles: dict[str, tuple[str, ...]]
    method: str = "dbscan"
    distance: float = 0.5
    least: int = 5
    given: Mapping[str, str] | None = None  # None: these are no process events


@dataclass(frozen=True, slots=True)
class Learned:
    """Points that stand for the learned events: how many each, its cluster (NOISE: none) and
    an event that shows what it is; and what is common among processes, if these are."""

    points: Points
    weights: Ints
    labels: Ints
    shown: tuple[str, ...]
    step: float
    known: Known | None = None

    @property
    def sizes(self) -> Ints:
        """How many events each cluster has."""
        member = self.labels != NOISE
        counts = np.bincount(self.labels[member], weights=self.weights[member])
        return counts.astype(np.int64)


class Read(NamedTuple):
    """The events of a search as points, those that are equal as one, and what they say of processes
    (None: these are none)."""

    points: Points
    cells: Cells
    processes: processes.Read | None


def read(frame: pd.DataFrame, options: Options) -> Read:
    """Read the events of a search. Raises ValueError for a field that is not there."""
    told = None if options.given is None else processes.read(frame, options.given)
    table = points(frame, options.roles)
    return Read(table, cells(table, most=max(len(table), 1)), told)


def learn(frame: pd.DataFrame, options: Options, told: Read | None = None) -> Learned:
    """Cluster the events of a frame. `told` is what `read` gives for it, where that is known.

    Raises ValueError for a field that is not there.
    """
    told = told or read(frame, options)
    found = told.cells if len(told.cells.points) <= MAX_POINTS else cells(told.points)
    labels = grouped(found, options.method, options.distance, options.least)
    known = None if options.given is None else processes.learn(frame, options.given, told.processes)
    shown = _shown(frame, options, found)
    return Learned(found.points, found.weights, labels, shown, found.step, known)


def annotate(
    frame: pd.DataFrame, options: Options, learned: Learned, told: Read | None = None
) -> pd.DataFrame:
    """Cluster, rarity and score of each event: one row per row of `frame`, in order.

    The columns are those of models/event_clusters.yaml. An event belongs to the cluster of the
    learned point next to it, if that is near enough. `told` is as in `learn`.
    Raises ValueError for a missing field.
    """
    told = told or read(frame, options)
    found = told.cells
    near, distance = _nearest(learned.points, found.points)
    labels, sizes, rarity = _placed(learned, near, distance, options.distance)
    shown = np.array([*_representatives(learned), *learned.shown, ""], dtype=object)
    clusters = len(learned.sizes)
    which = np.where(labels == NOISE, clusters + near, labels)
    result = pd.DataFrame(
        {
            "cluster_id": labels[found.of_row],
            "cluster_size": sizes[found.of_row],
            "cluster_representative": shown[np.minimum(which, len(shown) - 1)][found.of_row],
            "rarity": rarity[found.of_row].round(6),
        }
    )
    result["score"] = _score(told.processes, learned, rarity[found.of_row]).round(3)
    result.index = frame.index
    return result


def scatter(learned: Learned) -> pd.DataFrame:
    """The learned points in two dimensions, for pictures: x, y (principal components), cluster,
    weight, and an event each stands for."""
    centred = learned.points - learned.points.mean(axis=0, keepdims=True)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
    flat = centred @ axes.T
    flat = np.pad(flat, ((0, 0), (0, 2 - flat.shape[1])))
    return pd.DataFrame(
        {
            "x": flat[:, 0],
            "y": flat[:, 1],
            "cluster_id": learned.labels,
            "weight": learned.weights,
            "event": list(learned.shown),
        }
    )


def _shown(frame: pd.DataFrame, options: Options, found: Cells) -> tuple[str, ...]:
    """Of each cell its first event: the fields that were compared, joined by ` | `."""
    first = np.full(len(found.points), len(frame), dtype=np.int64)
    np.minimum.at(first, found.of_row, np.arange(len(frame)))
    fields = [field for names in options.roles.values() for field in names]
    parts = [events.texts(events.column(frame, field).iloc[first]) for field in fields]
    return tuple(" | ".join(texts)[:_SHOWN] for texts in zip(*parts, strict=True))


def _representatives(learned: Learned) -> list[str]:
    """Of each cluster the event of its heaviest point."""
    order = np.argsort(-learned.weights, kind="stable")
    labels, first = np.unique(learned.labels[order], return_index=True)
    return [learned.shown[order[n]] for n in first[labels != NOISE]]


def _nearest(known: Points, wanted: Points) -> tuple[Ints, Floats]:
    """The nearest of the known points, and how far it is."""
    if not len(known):
        return np.zeros(len(wanted), np.int64), np.full(len(wanted), np.inf)
    from scipy.spatial import KDTree

    tree = KDTree(known)
    near = np.zeros(len(wanted), dtype=np.int64)
    distance = np.zeros(len(wanted))
    for begin in range(0, len(wanted), _BATCH):
        part = slice(begin, begin + _BATCH)
        away, found = tree.query(wanted[part], k=1)
        near[part], distance[part] = found, away
    return near, distance


def _placed(
    learned: Learned, near: Ints, distance: Floats, within: float
) -> tuple[Ints, Ints, Floats]:
    """Cluster and its size of each point, and its rarity: 0 for what all events are like, 1 for
    what none was, by the logarithm of how many are."""
    if not len(learned.points):
        return np.full(len(near), NOISE), np.zeros(len(near), np.int64), np.ones(len(near))
    same = np.where(distance <= max(within, learned.step), learned.labels[near], NOISE)
    alike = np.where(distance <= 2 * learned.step, learned.weights[near], 0)
    sizes = np.where(same == NOISE, alike, np.append(learned.sizes, 0)[same])
    # Within a cluster, a variant that few events are is rarer than one that many are.
    total = np.log1p(learned.weights.sum())
    rarity = 1 - (0.7 * np.log1p(sizes) + 0.3 * np.log1p(alike)) / total
    return same, sizes.astype(np.int64), np.clip(rarity, 0, 1)


def _score(found: processes.Read | None, learned: Learned, rarity: Floats) -> Floats:
    """Rarity, and for process events what is suspicious about them; 0 to 100."""
    if learned.known is None or found is None:
        return 100 * rarity
    judged = scoring.score(found.events, found.evidence, found.links, learned.known)
    first = np.zeros(len(rarity), dtype=bool)
    first[found.links.first] = True
    rare = 100 * rarity * np.where(first, 1.0, 0.5)
    return (1 - _BY_CLUSTER) * judged + _BY_CLUSTER * rare
