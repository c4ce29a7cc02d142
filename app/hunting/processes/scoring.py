"""One score of a process from its evidence and from how common it is."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.hunting.processes.encoded import automation_names
from app.hunting.processes.evidence import Evidence, Floats
from app.hunting.processes.linking import NONE, Links
from app.hunting.processes.rarity import Prevalence, learn

# How much evidence counts for less, per doubling of the processes and hosts that look the same
# (beyond what is rare), and of the times that a host has shown the same before.
_COMMON, _WIDESPREAD, _AGAIN = 0.15, 0.8, 0.25
_FEW_PROCESSES, _FEW_HOSTS = 4, 2
_SAME_PAYLOAD = 0.6  # the parent was started with the same encoded script
_MANAGED = 0.5  # configuration management started it
_SCRIPTS_ABOVE = 4  # scripts of configuration management that start one another
_OTHER_RECORD = 0.65  # another event of the same process
# Points for rarity alone, per halving: of the command, the parent-child pair.
_RARE_COMMAND, _RARE_PAIR = 0.1, 0.05
# Points for a program that one host of all has; in the folders that Windows keeps its own in.
_RARE_PROGRAM, _RARE_IN_SYSTEM = 2.0, 4.6
_TELLING = 8.0  # points that let a rare program count whole
_SYSTEM = ("\\windows\\system#", "\\windows\\system32", "\\windows\\syswow64", "\\windows\\syswow#")
_USUAL = 16.0  # log2 of a count that is not rare at all
_SCALE = 15.0  # points that make a score of 63


@dataclass(frozen=True, slots=True)
class Known:
    """The prevalence of fingerprints, of parent-child pairs and of programs, and how many hosts
    there are."""

    fingerprints: Prevalence
    pairs: Prevalence
    programs: Prevalence
    hosts: int


def known(events: pd.DataFrame, evidence: Evidence, links: Links) -> Known:
    """What described events teach; each process counts once."""
    hosts = events["host"].to_numpy(dtype=object)[links.first]
    return Known(
        learn(evidence.fingerprint[links.first], hosts),
        learn(events["pair"].to_numpy(object)[links.first], hosts),
        learn(events["program"].to_numpy(object)[links.first], hosts),
        len(pd.unique(hosts)),
    )


def score(events: pd.DataFrame, evidence: Evidence, links: Links, usual: Known) -> Floats:
    """From 0 to 100, for each described event.

    What many processes and hosts do counts for less, and so does what a host did before. The
    second event of a process has a lower score than the first: it is nothing new.
    """
    processes, hosts = usual.fingerprints.of(evidence.fingerprint)
    common = _COMMON * np.log2(np.maximum(processes / _FEW_PROCESSES, 1))
    widespread = _WIDESPREAD * np.log2(np.maximum(hosts / _FEW_HOSTS, 1))
    points = evidence.points / (1 + common + widespread)
    again = _times_before(events, evidence, links) - (evidence.payload == "")
    points /= 1 + _AGAIN * np.log2(1 + np.maximum(again, 0))
    points *= np.where(_same_payload(evidence, links), _SAME_PAYLOAD, 1.0)
    points *= np.where(_is_managed(events, evidence, links), _MANAGED, 1.0)
    points += _RARE_COMMAND * (_USUAL - np.log2(processes))
    points += _RARE_PAIR * (_USUAL - np.log2(usual.pairs.of(events["pair"].to_numpy(object))[0]))
    points += _rare_program(events, usual) * np.minimum(evidence.points / _TELLING, 1)
    points *= np.where(_is_first(links), 1.0, _OTHER_RECORD)
    scores: Floats = 100 * (1 - np.exp(-np.maximum(points, 0) / _SCALE))
    return scores


def _rare_program(events: pd.DataFrame, usual: Known) -> Floats:
    hosts = usual.programs.of(events["program"].to_numpy(object))[1]
    codes, folders = pd.factorize(events["folder"])
    system = np.array([folder.endswith(_SYSTEM) for folder in folders] or [False])[codes]
    most = np.where(system, _RARE_IN_SYSTEM, _RARE_PROGRAM)
    rare: Floats = most * (1 - np.log2(hosts) / np.log2(max(usual.hosts, 2)))
    return rare


def _is_first(links: Links) -> NDArray[np.bool_]:
    first = np.zeros(len(links.process), dtype=bool)
    first[links.first] = True
    return first


def _times_before(events: pd.DataFrame, evidence: Evidence, links: Links) -> NDArray[np.int64]:
    """How many processes of the same parent and child were there before for the same reasons."""
    what = pd.Series(events["pair"] + "|" + evidence.reasons)[links.first]
    table = pd.DataFrame(
        {
            "what": what.to_numpy(),
            "host": events["host"].to_numpy()[links.first],
            "time": events["time"].to_numpy()[links.first],
        }
    )
    before = table.sort_values("time", kind="stable").groupby(["host", "what"]).cumcount()
    return np.asarray(before.sort_index(), dtype=np.int64)[links.process]


def _same_payload(evidence: Evidence, links: Links) -> NDArray[np.bool_]:
    has_parent = links.parent[links.process] != NONE
    above = _of_parent(evidence.payload, links)
    return np.asarray(has_parent & (evidence.payload != "") & (evidence.payload == above))


def _is_managed(events: pd.DataFrame, evidence: Evidence, links: Links) -> NDArray[np.bool_]:
    """Whether configuration management started it: its script did, which a service of Windows for
    remote commands started, itself or through others of its scripts. A script that only says so is
    nobody's parent in trust."""
    by_service = events["parent_name"].isin(automation_names()["services"]).to_numpy()
    trusted = evidence.automation & by_service
    for _ in range(_SCRIPTS_ABOVE):
        trusted = trusted | (evidence.automation & _of_parent(trusted, links))
    return _of_parent(trusted, links)


def _of_parent(values: NDArray[Any], links: Links) -> NDArray[Any]:
    """The value of each event's parent; an empty one where there is no parent."""
    parent = links.parent[links.process]
    if not len(links.first):
        return values
    return np.where(parent != NONE, values[links.first[parent]], values.dtype.type())
