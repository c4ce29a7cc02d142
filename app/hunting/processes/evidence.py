"""How suspicious the start of a process is, and why: behaviours, encoded text, names, bursts."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.hunting.events import NO_TIME
from app.hunting.processes import masquerade
from app.hunting.processes.behaviours import behaviours, shown
from app.hunting.processes.encoded import said
from app.hunting.processes.names import base, folder, shape

Floats = NDArray[np.float64]
# Reasons add less the more there are: the strongest counts whole.
_WEIGHTS = np.array([1.0, 0.3, 0.2, 0.1, 0.05, 0.05])
BURST_SECONDS, BURST_LEAST = 300, 3
BURST_POINTS, BURST_MOST = 1.0, 6.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of each event: points, what they are for (names joined by `|`), ATT&CK techniques, a
    fingerprint of what was started (parent, program, and command line without what changes), the
    shape of what was encoded ("" if nothing was), and whether that is a script by which
    configuration management starts others."""

    points: Floats
    reasons: NDArray[np.object_]
    techniques: NDArray[np.object_]
    fingerprint: NDArray[np.object_]
    payload: NDArray[np.object_]
    automation: NDArray[np.bool_]


def described(events: pd.DataFrame) -> pd.DataFrame:
    """Events as fields.read gives them, and more columns: `name`, `parent_name`, `folder` and
    `shape`, `pair` (parent and child) and `program` (folder and name)."""
    name, parent = _each(events["image"], base), _each(events["parent_image"], base)
    where = _each(events["image"], folder)
    return events.assign(
        name=name,
        parent_name=parent,
        folder=where,
        shape=_each(events["command"], shape),
        pair=parent + " > " + name,
        program=where + "\\" + name,
    )


def weigh(events: pd.DataFrame) -> Evidence:
    """The evidence in described events."""
    codes, unique = pd.factorize(events["command"])
    decoded = said(list(unique))
    read = zip(unique, decoded, strict=True)
    commands = [f"{line.lower()}\n{entry.text}" for line, entry in read]
    images = _each(events["image"], str.lower)
    matched = shown(events["parent_name"], events["name"], (codes, commands), images)
    names = [rule.name for rule in behaviours()] + ["encoded script"]
    techniques = [rule.techniques for rule in behaviours()] + [()]
    encoded = np.array([entry.points for entry in decoded])[codes]
    pretended, pretence = _pretended(events["image"])
    burst = _bursts(events, matched)
    others = np.column_stack([encoded, pretended, burst])
    flags = np.column_stack([matched, others > 0])
    names += ["masquerade", "discovery burst"]
    techniques += [(masquerade.TECHNIQUE,), ("T1087",)]
    reasons, ids = _told(flags, names, techniques, pretence)
    inner = np.array([";".join(entry.techniques) for entry in decoded], dtype=object)[codes]
    pairs = list(zip(ids, inner, strict=True))
    joined = {pair: _joined(*pair) for pair in set(pairs)}
    ids = np.array([joined[pair] for pair in pairs], dtype=object)
    shapes = np.array([entry.shape for entry in decoded], dtype=object)[codes]
    mark = events["parent_name"] + "|" + events["name"] + "|"
    mark += np.where(shapes == "", events["shape"], shapes)
    points = _points(matched, others, np.asarray(flags.any(axis=1)))
    automation = np.array([entry.automation for entry in decoded], dtype=bool)[codes]
    return Evidence(points, reasons, ids, mark.to_numpy(dtype=object), shapes, automation)


def _points(matched: NDArray[np.bool_], others: Floats, some: NDArray[np.bool_]) -> Floats:
    """The points of behaviours and of other reasons together; `some` says who has any."""
    result = np.zeros(len(matched))
    points = np.where(matched[some], [rule.points for rule in behaviours()], 0.0)
    strongest = np.sort(np.column_stack([points, others[some]]), axis=1)[:, ::-1]
    result[some] = strongest[:, : len(_WEIGHTS)] @ _WEIGHTS
    return result


def _each(column: pd.Series, function: Callable[[str], str]) -> pd.Series:
    codes, unique = pd.factorize(column)
    return pd.Series(np.array([function(text) for text in unique] or [""], dtype=object)[codes])


def _pretended(images: pd.Series) -> tuple[Floats, NDArray[np.object_]]:
    codes, unique = pd.factorize(images)
    found = [masquerade.pretence(path) for path in unique] or [("", 0.0)]
    points = np.array([entry[1] for entry in found])
    return points[codes], np.array([entry[0] for entry in found], dtype=object)[codes]


def _bursts(events: pd.DataFrame, matched: NDArray[np.bool_]) -> Floats:
    """Points for different questions about the system that one parent asks within minutes."""
    asking = matched[:, [rule.discovery for rule in behaviours()]].any(axis=1)
    result = np.zeros(len(events))
    asked = events[asking & (events["time"].to_numpy() != NO_TIME)]
    parent = asked["host"] + "|" + asked["parent_pid"].astype(str) + "|" + asked["parent_name"]
    key = pd.factorize(parent)[0]
    order = np.lexsort((asked["time"], key))
    times = asked["time"].to_numpy()[order] // 1_000_000_000
    starts = np.ones(len(order), dtype=bool)
    starts[1:] = (key[order][1:] != key[order][:-1]) | (np.diff(times) > BURST_SECONDS)
    burst = pd.Series(np.cumsum(starts))
    what = (asked["name"] + "|" + asked["shape"]).iloc[order].reset_index(drop=True)
    different = what.groupby(burst).transform("nunique").to_numpy()
    points = np.where(
        different >= BURST_LEAST, np.minimum(BURST_POINTS * different, BURST_MOST), 0.0
    )
    result[np.asarray(asked.index)[order]] = points
    return result


def _told(
    flags: NDArray[np.bool_],
    names: list[str],
    techniques: list[tuple[str, ...]],
    pretence: NDArray[np.object_],
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Reasons and technique ids of each event; the same flags are put into words once."""
    packed = np.packbits(flags, axis=1)
    codes, unique = pd.factorize(packed.view(f"V{packed.shape[1]}").ravel().astype(object))
    reasons, ids = [], []
    for row in unique:
        numbers = np.flatnonzero(np.unpackbits(np.frombuffer(row, dtype=np.uint8)))
        reasons.append("|".join(names[number] for number in numbers))
        found = [technique for number in numbers for technique in techniques[number]]
        ids.append(";".join(dict.fromkeys(found)))
    told = np.array(reasons or [""], dtype=object)[codes]
    changed = np.flatnonzero(pretence != "")
    told[changed] = [told[n].replace("masquerade", pretence[n]) for n in changed]
    return told, np.array(ids or [""], dtype=object)[codes]


def _joined(*lists: str) -> str:
    ids = [entry for part in lists for entry in part.split(";") if entry]
    return "|".join(dict.fromkeys(ids))
