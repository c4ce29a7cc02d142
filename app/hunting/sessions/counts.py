"""What a model of sessions has learned: how often commands, pairs, parameters and values occur.

Counts add up, so a model learns more by adding the counts of more sessions.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.hunting.sessions.parameters import digest

START, END = "##START##", "##END##"
OTHER = "##OTHER##"  # all that bounds.py has dropped
MAX_VALUES = 20  # different values of a parameter that is modelled by its values
Ints = NDArray[np.int64]


@dataclass(slots=True)
class Counts:
    """Counts of commands (START and END among them), of pairs of commands in sequence, of
    parameters by command, and of values (their digests) by parameter.

    A parameter with more than MAX_VALUES values has None: its values are arbitrary text.
    """

    commands: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    parameters: dict[str, Counter[str]] = field(default_factory=dict)
    values: dict[str, Counter[str] | None] = field(default_factory=dict)

    def add_sequences(self, commands: Sequence[str], codes: Ints, first: Ints) -> None:
        """Add sessions: the codes of their commands one after the other, and where each begins."""
        start, end = len(commands), len(commands) + 1
        tokens, _ = bounded(codes, first, start, end)
        named = [*commands, START, END]
        for code, count in _counted(tokens):
            self.commands[named[code]] += count
        follows = tokens[1:] != start
        for code, count in _counted((tokens[:-1] * (end + 1) + tokens[1:])[follows]):
            self.pairs[named[code // (end + 1)], named[code % (end + 1)]] += count

    def add_parameters(self, given: Iterable[tuple[str, Mapping[str, str], int]]) -> None:
        """Add commands with their parameters, and how often each of these occurs."""
        for command, parameters, times in given:
            known = self.parameters.setdefault(command, Counter())
            for name, value in parameters.items():
                known[name] += times
                self._add_value(name, digest(value), times)

    def _add_value(self, name: str, value: str, times: int) -> None:
        known = self.values.setdefault(name, Counter())
        if known is None:
            return
        known[value] += times
        if len(known) > MAX_VALUES:
            self.values[name] = None

    def as_json(self) -> dict[str, Any]:
        """The counts as what JSON can hold; `from_json` reads it."""
        return {
            "commands": self.commands,
            "pairs": [[before, after, count] for (before, after), count in self.pairs.items()],
            "parameters": self.parameters,
            "values": self.values,
        }


def from_json(data: Mapping[str, Any]) -> Counts:
    """The counts that `as_json` gave."""
    values = {name: counts and Counter(counts) for name, counts in data["values"].items()}
    return Counts(
        Counter(data["commands"]),
        Counter({(before, after): count for before, after, count in data["pairs"]}),
        {command: Counter(counts) for command, counts in data["parameters"].items()},
        values,
    )


def bounded(codes: Ints, first: Ints, start: int, end: int) -> tuple[Ints, Ints]:
    """The codes with `start` before and `end` after each session, and where each then begins."""
    sessions = np.arange(len(first))
    lengths = np.diff(np.append(first, len(codes)))
    tokens = np.full(len(codes) + 2 * len(first), start, dtype=np.int64)
    tokens[np.arange(len(codes)) + 2 * np.repeat(sessions, lengths) + 1] = codes
    begins = first + 2 * sessions
    tokens[begins + lengths + 1] = end
    return tokens, begins


def _counted(codes: Ints) -> list[tuple[int, int]]:
    unique, counts = np.unique(codes, return_counts=True)
    return list(zip(unique.tolist(), counts.tolist(), strict=True))
