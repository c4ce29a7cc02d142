"""Saving what a model of processes learned."""

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from app.hunting import state
from app.hunting.processes.rarity import Prevalence
from app.hunting.processes.scoring import Known

Array = NDArray[Any]
_KIND, _VERSION = "process_tree", 1
_THINGS = ("fingerprints", "pairs", "programs")


def save(stem: Path, known: Known, given: dict[str, str]) -> Path:
    """Write `<stem>.zip`, with the names of fields that the search gave; returns its path."""
    arrays = as_arrays(known)
    return state.save(stem, _KIND, _VERSION, {"hosts": known.hosts, "given": given}, arrays)


def load(stem: Path) -> tuple[Known, dict[str, str]]:
    """What `save` wrote. Raises FileNotFoundError or StateError, as state.load does."""
    saved = state.load(stem, _KIND, _VERSION)
    return from_arrays(saved.arrays, saved.values["hosts"]), saved.values["given"]


def as_arrays(known: Known) -> dict[str, Array]:
    """Prevalences as arrays for state.save."""
    arrays: dict[str, Array] = {}
    for thing in _THINGS:
        prevalence: Prevalence = getattr(known, thing)
        arrays[f"{thing}_keys"] = prevalence.keys
        arrays[f"{thing}_processes"] = prevalence.processes
        arrays[f"{thing}_hosts"] = prevalence.hosts
    return arrays


def from_arrays(arrays: dict[str, Array], hosts: int) -> Known:
    """The reverse of `as_arrays`."""
    fingerprints, pairs, programs = (
        Prevalence(*(arrays[f"{thing}_{part}"] for part in ("keys", "processes", "hosts")))
        for thing in _THINGS
    )
    return Known(fingerprints, pairs, programs, hosts)
