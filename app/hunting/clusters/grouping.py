"""Clusters of points in bounded memory: equal points are one point with a weight first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.hunting.clusters.features import Points

MAX_POINTS = 8_000  # different points that are clustered
METHODS = ("dbscan", "hdbscan")
NOISE = -1
_FINEST, _COARSER = 0.01, 1.5
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cells:
    """Different points (on a grid of `step`), how many rows each stands for, and each row's."""

    points: Points
    weights: Ints
    of_row: Ints
    step: float


def cells(points: Points, most: int = MAX_POINTS) -> Cells:
    """Equal points as one; where there are more than `most`, on a grid coarse enough."""
    step = _FINEST
    while True:
        _, first, places, weights = np.unique(
            _keys(points, step), return_index=True, return_inverse=True, return_counts=True
        )
        if len(first) <= most:
            return Cells(points[first], weights.astype(np.int64), places.astype(np.int64), step)
        step *= _COARSER


def _keys(points: Points, step: float) -> NDArray[np.void]:
    grid = np.ascontiguousarray(np.round(points / step).astype(np.int32))
    return grid.view(np.dtype((np.void, grid.dtype.itemsize * grid.shape[1]))).ravel()


def grouped(found: Cells, method: str, distance: float, least: int) -> Ints:
    """The cluster of each cell, NOISE for none.

    `least` rows make a cluster: within `distance` of a core (DBSCAN), or by how dense they lie
    (HDBSCAN). Neither computes all distances at a time.
    """
    if not len(found.points):
        return np.zeros(0, dtype=np.int64)
    if method == "dbscan":
        from sklearn.cluster import DBSCAN

        model = DBSCAN(eps=distance, min_samples=least, algorithm="kd_tree")
        fitted = model.fit(found.points, sample_weight=found.weights)
        return np.asarray(fitted.labels_, dtype=np.int64)
    return _by_density(found, least)


def _by_density(found: Cells, least: int) -> Ints:
    """HDBSCAN, which knows no weights: of the cells that it leaves alone, those that stand for
    `least` rows are clusters by themselves."""
    labels = np.full(len(found.points), NOISE, dtype=np.int64)
    if len(labels) > max(least, 2):
        from sklearn.cluster import HDBSCAN

        model = HDBSCAN(min_cluster_size=max(least, 2), algorithm="kd_tree", copy=True)
        labels = np.asarray(model.fit(found.points).labels_, dtype=np.int64)
    alone = np.flatnonzero((labels == NOISE) & (found.weights >= least))
    labels[alone] = labels.max(initial=NOISE) + 1 + np.arange(len(alone))
    return labels
