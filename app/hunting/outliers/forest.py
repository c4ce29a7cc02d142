"""Path lengths in an isolation forest, and what each field adds to them.

Isolation forest: Liu, Ting and Zhou, "Isolation Forest", ICDM 2008; scikit-learn grows it. The
parts of a path: Saabas' decomposition of trees, "Interpreting random forests", 2014: every split
changes the path length to be expected, and the change counts for the field that it asks for.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.ensemble import IsolationForest

from app.hunting.outliers.encoding import Floats, Matrix


def grow(rows: Matrix, trees: int, samples: int, seed: int) -> IsolationForest:
    """A forest of at least two rows."""
    forest = IsolationForest(
        n_estimators=trees, max_samples=min(samples, len(rows)), random_state=seed
    )
    return forest.fit(rows)


def paths(
    forest: IsolationForest, rows: Matrix, owners: Sequence[int]
) -> tuple[Floats, Floats, float]:
    """Mean path lengths of the rows, their parts by field (rows x fields), and what to expect.

    The parts of a row add up to its path length less the expected one; below 0 isolates.
    """
    fields = max(owners) + 1
    parts = np.zeros((len(rows), fields))
    expected = 0.0
    for tree in forest.estimators_:
        root, table = _leaf_parts(tree.tree_, owners, fields)
        parts += table[tree.tree_.apply(rows)]
        expected += root
    count = len(forest.estimators_)
    parts /= count
    expected /= count
    return expected + parts.sum(axis=1), parts, expected


def average_path(samples: Any) -> Floats:
    """Mean path length of an unsuccessful search in a binary tree of so many rows (Liu, eq. 1)."""
    count = np.maximum(np.asarray(samples, dtype=np.float64), 2)
    harmonic = np.log(count - 1) + np.euler_gamma
    length = 2 * harmonic - 2 * (count - 1) / count
    few = np.asarray(samples)
    return np.where(few <= 1, 0.0, np.where(few == 2, 1.0, length))


def _leaf_parts(tree: Any, owners: Sequence[int], fields: int) -> tuple[float, Floats]:
    """The path length expected at the root, and for each node the parts of the way to it.

    scikit-learn numbers a parent before its children.
    """
    left, right, weight = tree.children_left, tree.children_right, tree.n_node_samples
    inner = np.flatnonzero(left >= 0).tolist()
    depth = np.zeros(tree.node_count)
    for node in inner:
        depth[left[node]] = depth[right[node]] = depth[node] + 1
    length = depth + average_path(weight)
    for node in reversed(inner):
        low, high = left[node], right[node]
        total = length[low] * weight[low] + length[high] * weight[high]
        length[node] = total / weight[node]
    parts = np.zeros((tree.node_count, fields))
    for node in inner:
        field = owners[tree.feature[node]]
        for child in (left[node], right[node]):
            parts[child] = parts[node]
            parts[child, field] += length[child] - length[node]
    return float(length[0]), parts
