"""What a model of sessions keeps when it has learned more than it can hold: what occurs most.

What is dropped is counted together under OTHER, so that the probabilities of what is kept stay as
they are; a dropped command counts as one never seen, as a new one does.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

import numpy as np

from app.hunting.sessions.counts import END, OTHER, START, Counts

MAX_COMMANDS = 20_000
MAX_PAIRS = 100_000
MAX_PARAMETERS = 20_000  # a command and the name of a parameter

Key = TypeVar("Key", bound=Hashable)


def trim(counts: Counts) -> None:
    """Bring counts within the bounds."""
    _trim_commands(counts)
    counts.pairs = _kept(
        counts.pairs, MAX_PAIRS, lambda pair: (pair[0], OTHER), lambda pair: pair[1] == OTHER
    )
    _trim_parameters(counts)


def _trim_commands(counts: Counts) -> None:
    if len(counts.commands) <= MAX_COMMANDS:
        return
    ends = {START, END, OTHER}
    counts.commands = _kept(
        counts.commands, MAX_COMMANDS, lambda _: OTHER, lambda command: command in ends
    )
    known = counts.commands
    pairs: Counter[tuple[str, str]] = Counter()
    for (before, after), times in counts.pairs.items():
        pairs[before if before in known else OTHER, after if after in known else OTHER] += times
    counts.pairs = pairs
    counts.parameters = {
        command: names for command, names in counts.parameters.items() if command in known
    }


def _trim_parameters(counts: Counts) -> None:
    each = {
        (command, name): times
        for command, names in counts.parameters.items()
        for name, times in names.items()
    }
    if len(each) > MAX_PARAMETERS:
        kept: dict[str, Counter[str]] = {}
        for command, name in _most(each, MAX_PARAMETERS):
            kept.setdefault(command, Counter())[name] = each[command, name]
        counts.parameters = kept
    named = {name for names in counts.parameters.values() for name in names}
    counts.values = {name: seen for name, seen in counts.values.items() if name in named}


def _kept(
    counted: Counter[Key], most: int, other: Callable[[Key], Key], always: Callable[[Key], bool]
) -> Counter[Key]:
    """The `most` frequent and what is `always` kept; the rest is added to what it is `other`."""
    if len(counted) <= most:
        return counted
    named = {key: times for key, times in counted.items() if not always(key)}
    chosen = set(_most(named, most))
    kept: Counter[Key] = Counter()
    for key, times in counted.items():
        kept[key if key in chosen or always(key) else other(key)] += times
    return kept


def _most(counted: Mapping[Key, int], most: int) -> list[Key]:
    """The keys of the greatest counts; among equal ones those that came last."""
    keys = list(counted)
    order = np.argsort(np.fromiter(counted.values(), dtype=np.int64), kind="stable")
    return [keys[place] for place in np.sort(order[-most:])]
