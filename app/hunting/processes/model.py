"""Process trees of a search's events, with how rare and how suspicious each start is."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from app.hunting.processes import evidence, fields, linking, scoring, tree
from app.hunting.processes.evidence import Evidence
from app.hunting.processes.linking import NONE, Links
from app.hunting.processes.scoring import Known
from app.hunting.processes.tree import Tree


class Read(NamedTuple):
    """What the events of a search say: described events (see evidence.described), their
    evidence, how they are linked, and the trees of their processes."""

    events: pd.DataFrame
    evidence: Evidence
    links: Links
    tree: Tree


def read(frame: pd.DataFrame, given: Mapping[str, str] | None = None) -> Read:
    """Read, weigh and link the events of a search; `given` names fields (see fields.read)."""
    events = evidence.described(fields.read(frame, given))
    links = linking.link(events, events["name"])
    first = events.iloc[links.first]
    names, above = first["name"].to_numpy(object), first["parent_name"].to_numpy(object)
    return Read(events, evidence.weigh(events), links, tree.grow(links.parent, names, above))


def learn(
    frame: pd.DataFrame, given: Mapping[str, str] | None = None, found: Read | None = None
) -> Known:
    """Learn what is common. `found` is what `read` gives for this frame, where that is known.

    Raises ValueError as fields.read does.
    """
    found = found or read(frame, given)
    return scoring.known(found.events, found.evidence, found.links)


def annotate(
    frame: pd.DataFrame,
    known: Known,
    given: Mapping[str, str] | None = None,
    found: Read | None = None,
) -> pd.DataFrame:
    """The tree and the score of each event: one row per row of `frame`, in order.

    The columns are those of models/process_tree.yaml. `found` is as in `learn`.
    Raises ValueError as fields.read does.
    """
    found = found or read(frame, given)
    events, links, grown = found.events, found.links, found.tree
    process = links.process
    processes, hosts = known.pairs.of(events["pair"].to_numpy(object))
    first = np.zeros(len(events), dtype=bool)
    first[links.first] = True
    parent = pd.array(grown.parent[process], dtype="Int64")
    parent[grown.parent[process] == NONE] = pd.NA
    result = pd.DataFrame(
        {
            "process_node": process,
            "parent_node": parent,
            "root_node": grown.root[process],
            "root": events["name"].to_numpy(object)[links.first[grown.root[process]]],
            "depth": grown.depth[process],
            "path": grown.path[process],
            "children": grown.children[process],
            "same_process": np.where(first, 0, 1),
            "pair_count": processes,
            "pair_hosts": hosts,
            "chains": found.evidence.reasons,
            "techniques": found.evidence.techniques,
            "score": scoring.score(events, found.evidence, links, known).round(3),
        }
    )
    result.index = frame.index
    return result


def nodes(
    frame: pd.DataFrame, known: Known, given: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """One row per process, for pictures: node, parent (-1: none), root, depth, children, score,
    chains, techniques and the fields of its event."""
    found = read(frame, given)
    table = tree.nodes(found.events, found.links.first, found.tree)
    scores = scoring.score(found.events, found.evidence, found.links, known)
    table["score"] = scores[found.links.first]
    table["chains"] = found.evidence.reasons[found.links.first]
    table["techniques"] = found.evidence.techniques[found.links.first]
    return table
