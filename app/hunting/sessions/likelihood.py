"""How likely commands in sequence are, by a Markov chain of first order with parameters.

Probabilities and Laplace smoothing are those of msticpy's anomalous_sequence (its users can
compare): every command and pair, an unknown one among them, counts once more than was seen;
parameters are independent given the command, values given the parameter; the likelihood of a
command's parameters is the geometric mean over those that it was ever seen with. Unlike there, a
parameter that a command never had before counts as unknown instead of being passed over.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.hunting.sessions.counts import END, MAX_VALUES, OTHER, START, Counts, Ints
from app.hunting.sessions.parameters import digest

Floats = NDArray[np.float64]
_LEAST_SEEN = 20  # how often a parameter occurs before its values are modelled
_MOST_DIFFERENT = 0.1  # values per occurrence of a parameter that is modelled by its values


class Likelihood:
    """Natural logarithms of the probabilities that counts stand for."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._known = len(set(counts.commands) - {START, END, OTHER})

    def prior(self, commands: Sequence[str]) -> Floats:
        """Of each command, by itself."""
        seen = self._counts.commands
        once = self._known + 2
        total = sum(seen.values()) + 2 * once * once
        smooth = [once if command in (START, END) else 2 * once for command in commands]
        counts = np.array([seen.get(command, 0) for command in commands]) + smooth
        return np.log(counts / total)

    def transitions(self, commands: Sequence[str], before: Ints, after: Ints) -> Floats:
        """Of each pair of codes into `commands`: the second, after the first."""
        unique, places = np.unique(before * len(commands) + after, return_inverse=True)
        pairs = [
            (commands[code // len(commands)], commands[code % len(commands)]) for code in unique
        ]
        counts = np.array([self._counts.pairs.get(pair, 0) for pair in pairs]) + 1
        totals = [self._followed.get(pair[0], 0) + self._known + 2 for pair in pairs]
        logs: Floats = np.log(counts / np.array(totals))
        return logs[places]

    @cached_property
    def _followed(self) -> dict[str, int]:
        totals: dict[str, int] = {}
        for (before, _), count in self._counts.pairs.items():
            totals[before] = totals.get(before, 0) + count
        return totals

    def parameters(
        self, given: Iterable[tuple[str, Mapping[str, str]]], with_values: bool
    ) -> Floats:
        """Of each command's parameters, given the command; with their values, if these matter."""
        return np.array([self._of_set(*entry, with_values) for entry in given])

    def _of_set(self, command: str, parameters: Mapping[str, str], with_values: bool) -> float:
        if not parameters:
            return 0.0
        present, total, absent = self._of_command(command)
        modelled = [name for name in parameters if with_values and name in self._modelled]
        likelihood = absent + sum(present.get(name, self._unknown(total)) for name in parameters)
        likelihood += sum(self._of_value(name, parameters[name]) for name in modelled)
        return likelihood / (len(present) + 1 + len(modelled))

    def _of_command(self, command: str) -> tuple[dict[str, float], int, float]:
        """What the presence of each parameter changes, the count of the command, and the
        likelihood that there is no parameter."""
        if command not in self._cache:
            seen: Mapping[str, int] = self._counts.parameters.get(command, {})
            total = self._counts.commands.get(command, 0) + 2 * (self._known + 2)
            shares = {name: (count + 1) / total for name, count in seen.items()}
            change = {name: math.log(share / (1 - share)) for name, share in shares.items()}
            absent = sum(math.log1p(-share) for share in (*shares.values(), 1 / total))
            self._cache[command] = change, total, absent
        return self._cache[command]

    @cached_property
    def _cache(self) -> dict[str, tuple[dict[str, float], int, float]]:
        return {}

    @staticmethod
    def _unknown(total: int) -> float:
        return -math.log(total)

    def _of_value(self, name: str, value: str) -> float:
        seen, total = self._modelled[name]
        return math.log((seen.get(digest(value), 0) + 1) / total)

    @cached_property
    def _modelled(self) -> dict[str, tuple[Mapping[str, int], int]]:
        """The parameters that have few values, with their counts and the smoothed total."""
        return {
            name: (seen, seen.total() + len(seen) + 1)
            for name, seen in self._counts.values.items()
            if seen is not None and _is_categorical(len(seen), seen.total())
        }


def _is_categorical(different: int, total: int) -> bool:
    few = different <= MAX_VALUES and different <= _MOST_DIFFERENT * total
    return few and total >= _LEAST_SEEN
