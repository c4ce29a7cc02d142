"""Saving what a model of clusters learned."""

from dataclasses import asdict
from pathlib import Path

from app.hunting import state
from app.hunting.clusters.model import Learned, Options
from app.hunting.processes.saved import as_arrays, from_arrays

_KIND, _VERSION = "event_clusters", 1
_ARRAYS = ("points", "weights", "labels")


def save(stem: Path, options: Options, learned: Learned) -> Path:
    """Write `<stem>.zip`; returns its path."""
    values = {"options": asdict(options), "shown": learned.shown, "step": learned.step}
    arrays = {name: getattr(learned, name) for name in _ARRAYS}
    if learned.known is not None:
        values["hosts"] = learned.known.hosts
        arrays |= as_arrays(learned.known)
    return state.save(stem, _KIND, _VERSION, values, arrays)


def load(stem: Path) -> tuple[Options, Learned]:
    """What `save` wrote. Raises FileNotFoundError or StateError, as state.load does."""
    saved = state.load(stem, _KIND, _VERSION)
    given = saved.values["options"]
    roles = {role: tuple(fields) for role, fields in given["roles"].items()}
    hosts = saved.values.get("hosts")
    known = None if hosts is None else from_arrays(saved.arrays, hosts)
    points, weights, labels = (saved.arrays[name] for name in _ARRAYS)
    shown = tuple(saved.values["shown"])
    learned = Learned(points, weights, labels, shown, saved.values["step"], known)
    return Options(**given | {"roles": roles}), learned
