"""Which events are of one process, and which process started which.

Sysmon's GUIDs say so where they are. Else a process id is a process from its start to the next
start with that id on that host.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.hunting.events import NO_TIME
from app.hunting.processes.fields import NO_PID

Ints = NDArray[np.int64]
NONE = -1
_SECOND = 1_000_000_000
SAME_PROCESS = 2 * _SECOND  # between the events that two sources write for one process
CLOCK = 1 * _SECOND  # how much earlier than its parent a process may seem to start


@dataclass(frozen=True, slots=True)
class Links:
    """`process`: of each event, its process, 0, 1, ...; `first`: of each process, its first
    event; `parent`: of each process, its parent's (NONE: not among the events)."""

    process: Ints
    first: Ints
    parent: Ints


def link(events: pd.DataFrame, names: pd.Series) -> Links:
    """Link events (columns as fields.read gives them); `names` are the file names of images."""
    process = _processes(events, names)
    order = np.argsort(process, kind="stable")
    first = order[np.searchsorted(process[order], np.arange(process.max(initial=-1) + 1))]
    # Of two sources the one with a GUID says more.
    guided = np.flatnonzero((events["guid"] != "").to_numpy())[::-1]
    first[process[guided]] = guided
    by_guid = _by_guid(events, first, process)
    parent = np.where(by_guid != NONE, by_guid, _by_pid(events, names, first, process))
    parent[parent == np.arange(len(parent))] = NONE
    return Links(process, first, parent)


def _processes(events: pd.DataFrame, names: pd.Series) -> Ints:
    """The events of one GUID are one process, and two events of different ids close in time."""
    rows = np.arange(len(events))
    guided = (events["guid"] != "").to_numpy()
    same = pd.Series(rows).groupby(_coded(events["host"], events["guid"])).transform("first")
    leader = np.where(guided, same, rows).astype(np.int64)
    pid = events["pid"].to_numpy()
    single = np.flatnonzero((events["time"] != NO_TIME).to_numpy() & (pid != NO_PID))
    pairs = [_twins(events, single, _coded(events["host"], events["pid"], names))]
    # Where a source leaves out the id, the parent's has to do.
    single = np.setdiff1d(np.flatnonzero((events["time"] != NO_TIME).to_numpy()), pairs[0])
    found = _twins(events, single, _coded(events["host"], events["parent_pid"], names))
    pairs.append(found[:, (pid[found] == NO_PID).any(axis=0)])
    for earlier, later in np.concatenate(pairs, axis=1).T:
        low, high = sorted((leader[earlier], leader[later]))
        leader[[earlier, later, high]] = low
    return np.asarray(pd.factorize(leader[leader])[0], dtype=np.int64)


def _coded(*columns: pd.Series) -> Ints:
    """Of each row a number that tells what its columns say together."""
    result = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes, distinct = pd.factorize(column)
        result = pd.factorize(result * max(len(distinct), 1) + codes)[0].astype(np.int64)
    return result


def _twins(events: pd.DataFrame, rows: Ints, key: Ints) -> Ints:
    """Pairs of rows (2 x n) with the same key, close in time, of two event ids."""
    code = key[rows]
    time, kind = events["time"].to_numpy()[rows], events["event_id"].to_numpy()[rows]
    order = np.lexsort((rows, time, code))
    before, after = order[:-1], order[1:]
    twin = (code[before] == code[after]) & (time[after] - time[before] <= SAME_PROCESS)
    twin &= kind[before] != kind[after]
    runs = np.arange(len(twin)) - np.maximum.accumulate(np.where(twin, -1, np.arange(len(twin))))
    twin &= runs % 2 == 1  # two at a time: a third event is another process
    return np.stack([rows[before[twin]], rows[after[twin]]])


def _by_guid(events: pd.DataFrame, first: Ints, process: Ints) -> Ints:
    known = (events["guid"] != "").to_numpy()
    of_first = events.iloc[first]
    hosts = pd.concat([events["host"][known], of_first["host"]])
    keys = _coded(hosts, pd.concat([events["guid"][known], of_first["parent_guid"]]))
    table = pd.Series(process[known], index=keys[: known.sum()])
    table = table[~table.index.duplicated()]
    found = table.reindex(keys[known.sum() :]).fillna(NONE).to_numpy().astype(np.int64)
    return np.where((of_first["parent_guid"] == "").to_numpy(), NONE, found)


def _by_pid(events: pd.DataFrame, names: pd.Series, first: Ints, process: Ints) -> Ints:
    """The last process before that had the parent's id, if it is called as the parent is."""
    host = pd.factorize(events["host"])[0]
    started = pd.DataFrame(
        {"host": host, "pid": events["pid"], "time": events["time"], "found": process}
    )
    started = started[started["pid"] != NO_PID].sort_values("time", kind="stable")
    wanted = pd.DataFrame(
        {
            "host": host[first],
            "pid": events["parent_pid"].to_numpy()[first],
            "time": events["time"].to_numpy()[first],
            "child": np.arange(len(first)),
        }
    )
    wanted = wanted[(wanted["pid"] != NO_PID) & (wanted["time"] != NO_TIME)]
    wanted["time"] += CLOCK
    matched = pd.merge_asof(
        wanted.sort_values("time", kind="stable"), started, on="time", by=["host", "pid"]
    )
    parent = np.full(len(first), NONE, dtype=np.int64)
    parent[matched["child"]] = matched["found"].fillna(NONE).astype(np.int64)
    return np.where(_is_called(events, names, first, parent), parent, NONE)


def _is_called(
    events: pd.DataFrame, names: pd.Series, first: Ints, parent: Ints
) -> NDArray[np.bool_]:
    """False where the found process has another name than the event gives for its parent."""
    said = events["parent_name"].to_numpy()[first]
    found = names.to_numpy()[first[parent]] if len(first) else said
    return np.asarray((said == "") | (found == "") | (said == found))
