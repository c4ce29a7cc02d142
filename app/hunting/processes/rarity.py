"""How common things are, by number of processes and of hosts, learned from events."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Prevalence:
    """Of each thing (by its hash, ascending): how many processes and hosts have it."""

    keys: NDArray[np.uint64]
    processes: Counts
    hosts: Counts

    def of(self, things: NDArray[np.object_]) -> tuple[Counts, Counts]:
        """Processes and hosts of each thing; 1 for what was never seen."""
        if not len(self.keys):
            return np.ones(len(things), np.int64), np.ones(len(things), np.int64)
        hashes = _hashes(things)
        places = np.minimum(np.searchsorted(self.keys, hashes), len(self.keys) - 1)
        known = self.keys[places] == hashes
        return np.where(known, self.processes[places], 1), np.where(known, self.hosts[places], 1)


def learn(things: NDArray[np.object_], hosts: NDArray[np.object_]) -> Prevalence:
    """The prevalence of things, of which each process on its host has one."""
    table = pd.DataFrame({"key": _hashes(things), "host": pd.factorize(hosts)[0]})
    processes = table.groupby("key").size()
    different = table.drop_duplicates().groupby("key").size()
    return Prevalence(
        processes.index.to_numpy(np.uint64),
        processes.to_numpy().astype(np.int64),
        different.to_numpy().astype(np.int64),
    )


def _hashes(things: NDArray[np.object_]) -> NDArray[np.uint64]:
    hashes: NDArray[np.uint64] = pd.util.hash_array(np.asarray(things, dtype=object))
    return hashes
