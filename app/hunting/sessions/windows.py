"""The rarest window of each session: the run of commands that is least likely."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.hunting.sessions.counts import END, START, Ints, bounded
from app.hunting.sessions.likelihood import Floats, Likelihood


@dataclass(frozen=True, slots=True)
class Rarest:
    """Of each session: the likelihood of its rarest window and of the whole (natural logarithms),
    the place where that window begins, and how many commands it has."""

    window: Floats
    session: Floats
    place: Ints
    length: Ints


def rarest(
    likelihood: Likelihood,
    commands: list[str],
    codes: Ints,
    first: Ints,
    parameters: Floats | None,
    window: int,
) -> Rarest:
    """Score sessions: the codes of their commands one after the other, and where each begins.

    `parameters` are the likelihoods of each event's parameters. A window is `window` commands
    long, the end of the session counts as one; a session that is shorter is one window.
    """
    start, end = len(commands), len(commands) + 1
    tokens, begins = bounded(codes, first, start, end)
    named = [*commands, START, END]
    own = np.zeros(len(tokens))
    own[tokens < start] = 0.0 if parameters is None else parameters
    steps = own.copy()
    steps[1:] += likelihood.transitions(named, tokens[:-1], tokens[1:])
    lengths = np.diff(np.append(begins, len(tokens))) - 1  # with the end, without the start
    place = np.arange(len(tokens)) - np.repeat(begins, lengths + 1) - 1
    left = np.repeat(lengths, lengths + 1) - place
    alone = likelihood.prior(named)[tokens] + own
    scores = np.where(place == 0, steps, alone)
    for offset in range(1, min(window, int(lengths.max(initial=0)))):
        scores[:-offset] += np.where(left[:-offset] > offset, steps[offset:], 0.0)
    full = (place >= 0) & ((left >= window) | (place == 0))
    best = _least(np.where(full, scores, np.inf), begins)
    steps[begins] = 0.0
    whole = np.add.reduceat(steps, begins) if len(begins) else np.zeros(0)
    return Rarest(scores[best], whole, place[best], np.minimum(window, lengths - place[best]))


def _least(scores: Floats, begins: Ints) -> NDArray[np.intp]:
    """Where the first of the least scores of each session stands."""
    session = np.zeros(len(scores), dtype=np.int64)
    session[begins[1:]] = 1
    order = np.lexsort((np.arange(len(scores)), scores, np.cumsum(session)))
    return order[begins]
