"""Trees of processes: depth, root, path and children, from the parent of each."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.hunting.processes.linking import NONE, Ints

MAX_DEPTH = 256  # a process that is deeper is the root of a tree of its own
PATH_NAMES = 8  # names in a path: the last ones
_JOIN = " > "


@dataclass(frozen=True, slots=True)
class Tree:
    """Of each process: its parent (NONE for a root), root, depth (a root has 0), the names from
    the root to it, and how many processes it started."""

    parent: Ints
    root: Ints
    depth: Ints
    path: NDArray[np.object_]
    children: Ints


def grow(parent: Ints, names: NDArray[np.object_], parent_names: NDArray[np.object_]) -> Tree:
    """The trees of processes, of which parents and names are given.

    Where the parent is not among the processes (NONE), its name begins the path in brackets.
    A circle of parents is cut.
    """
    parent = parent.copy()
    count = len(parent)
    depth = np.full(count, NONE, dtype=np.int64)
    root = np.arange(count)
    path = np.array([""] * count, dtype=object)
    level = np.flatnonzero(parent == NONE)
    path[level] = [_begun(p, n) for p, n in zip(parent_names[level], names[level], strict=True)]
    depth[level] = 0
    order, starts = _by_parent(parent)
    for below in range(1, MAX_DEPTH + 1):
        level = _children(level, order, starts)
        if not len(level):
            break
        depth[level] = below
        root[level] = root[parent[level]]
        paths = zip(path[parent[level]], names[level], strict=True)
        path[level] = [_longer(above, name) for above, name in paths]
    cut = np.flatnonzero(depth == NONE)
    parent[cut], depth[cut], path[cut] = NONE, 0, names[cut]
    children = np.bincount(parent[parent != NONE], minlength=count)
    return Tree(parent, root, depth, path, children)


def _begun(parent: str, name: str) -> str:
    return f"[{parent}]{_JOIN}{name}" if parent else name


def _longer(path: str, name: str) -> str:
    parts = path.split(_JOIN)
    if len(parts) >= PATH_NAMES:
        path = _JOIN.join(["…", *parts[-PATH_NAMES + 1 :]])
    return f"{path}{_JOIN}{name}"


def _by_parent(parent: Ints) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    order = np.argsort(parent, kind="stable")
    return order, np.searchsorted(parent[order], np.arange(len(parent) + 1))


def _children(
    level: NDArray[np.intp], order: NDArray[np.intp], starts: NDArray[np.intp]
) -> NDArray[np.intp]:
    """All children of the processes of a level."""
    counts = starts[level + 1] - starts[level]
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.asarray(order[np.repeat(starts[level], counts) + offsets])


def nodes(events: pd.DataFrame, first: Ints, tree: Tree) -> pd.DataFrame:
    """One row per process, for pictures: id, parent id (NONE: root), root, depth, and its event."""
    table = events.iloc[first].reset_index(drop=True)
    table.insert(0, "node", np.arange(len(first)))
    table.insert(1, "parent", tree.parent)
    table.insert(2, "root", tree.root)
    table.insert(3, "depth", tree.depth)
    table.insert(4, "children", tree.children)
    return table
