"""The model: learn what sessions usually look like, and say how rare each one is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from app.hunting import events
from app.hunting.sessions import bounds, counts, parameters, windows
from app.hunting.sessions.counts import Counts, Ints
from app.hunting.sessions.cutting import Sessions, cut
from app.hunting.sessions.likelihood import Floats, Likelihood

LEVELS = ("command", "parameters", "values")
MAX_REMEMBERED = 100_000  # likelihoods of learned sessions, the latest, for percentiles
_EMPTY = np.zeros(0)


@dataclass(frozen=True, slots=True)
class Options:
    """What a session is, and what of its events is compared."""

    event: str
    by: tuple[str, ...] = ()
    time: str = "_time"
    parameters: str = ""
    level: str = "command"
    gap: float = 120.0
    duration: float = 1200.0
    window: int = 3


@dataclass(frozen=True, slots=True)
class Learned:
    """Counts of the sessions seen, and the likelihoods of their rarest windows, ascending."""

    counts: Counts = field(default_factory=Counts)
    likelihoods: Floats = field(default_factory=_EMPTY.copy)


class _Read(NamedTuple):
    """Sessions of a frame, with the commands of their events as codes into `commands`."""

    sessions: Sessions
    commands: list[str]
    names: list[str]  # of commands, as they are learned
    codes: Ints
    given: Sequence[tuple[str, Mapping[str, str]]]  # different commands with parameters
    which: Ints  # of each event, the entry of `given`


def learn(frame: pd.DataFrame, options: Options, known: Learned | None = None) -> Learned:
    """Learn the sessions of a frame, in addition to what is `known`.

    Raises ValueError for a field that is not there.
    """
    known = known or Learned()
    read = _read(frame, options)
    learned = counts.from_json(known.counts.as_json())  # a copy
    learned.add_sequences(read.names, read.codes, read.sessions.first)
    times = np.bincount(read.which, minlength=len(read.given)).tolist()
    learned.add_parameters((*entry, n) for entry, n in zip(read.given, times, strict=True))
    bounds.trim(learned)
    scores = _scores(read, options, Likelihood(learned)).window
    remembered = np.concatenate([known.likelihoods, scores])[-MAX_REMEMBERED:]
    return Learned(learned, np.sort(remembered))


def annotate(frame: pd.DataFrame, options: Options, learned: Learned) -> pd.DataFrame:
    """How rare the session of each event is: one row per row of `frame`, in order.

    The columns are those of models/rare_sessions.yaml. Rows without a time or a command belong
    to no session; their columns are empty. Raises ValueError for a field that is not there.
    """
    read, table = _sessions(frame, options, learned)
    sessions = read.sessions
    of_event = table.iloc[sessions.session].reset_index(drop=True)
    of_event.insert(1, "session_event", sessions.place + 1)
    since = sessions.place - of_event["window_place"].to_numpy()
    of_event["in_rarest_window"] = (since >= 0) & (since < of_event["window_length"].to_numpy())
    of_event["in_rarest_window"] = of_event["in_rarest_window"].astype(int)
    result = of_event.drop(columns=["window_place", "window_length"])
    result.index = sessions.rows
    result = result.astype(object).reindex(range(len(frame)))
    result.index = frame.index
    return result


def timeline(frame: pd.DataFrame, options: Options, learned: Learned) -> pd.DataFrame:
    """One row per session: id, start, end, events, the likelihoods and the rarest window."""
    read, table = _sessions(frame, options, learned)
    ends = read.sessions.times[read.sessions.first + read.sessions.lengths - 1]
    table.insert(2, "session_end", events.iso(ends))
    return table


def _sessions(
    frame: pd.DataFrame, options: Options, learned: Learned
) -> tuple[_Read, pd.DataFrame]:
    read = _read(frame, options)
    sessions = read.sessions
    found = _scores(read, options, Likelihood(learned.counts))
    shown = [
        " > ".join(read.commands[code] for code in read.codes[begin : begin + length])
        for begin, length in zip(
            sessions.first + found.place,
            np.minimum(found.length, sessions.lengths - found.place),
            strict=True,
        )
    ]
    below = np.searchsorted(learned.likelihoods, found.window, "right")
    table = pd.DataFrame(
        {
            "session_id": sessions.ids,
            "session_start": events.iso(sessions.times[sessions.first]),
            "session_events": sessions.lengths,
            "log_likelihood": found.window.round(6),
            "session_log_likelihood": found.session.round(6),
            "percentile": (100 * below / max(len(learned.likelihoods), 1)).round(3),
            "rank": pd.Series(found.window).rank(method="min").astype(int),
            "rarest_window": np.array(shown, dtype=object),
            "window_place": found.place,
            "window_length": found.length,
        }
    )
    return read, table


def _read(frame: pd.DataFrame, options: Options) -> _Read:
    texts = events.texts(events.column(frame, options.event)).to_numpy()
    sessions = cut(
        frame, list(options.by), options.time, options.gap, options.duration, texts != ""
    )
    codes, unique = pd.factorize(texts[sessions.rows])
    commands, names = list(unique), [parameters.short(command) for command in unique]
    if options.level == "command":
        return _Read(sessions, commands, names, codes, [], np.zeros(0, dtype=np.int64))
    given = events.texts(events.column(frame, options.parameters)).to_numpy()[sessions.rows]
    places, different = pd.factorize(given)
    which, pairs = pd.factorize(codes * max(len(different), 1) + places)
    read = [parameters.read(text) for text in different]
    entries = [(names[pair // len(read)], read[pair % len(read)]) for pair in pairs]
    return _Read(sessions, commands, names, codes, entries, which)


def _scores(read: _Read, options: Options, likelihood: Likelihood) -> windows.Rarest:
    own = None
    if options.level != "command":
        own = likelihood.parameters(read.given, options.level == "values")[read.which]
    return windows.rarest(
        likelihood, read.names, read.codes, read.sessions.first, own, options.window
    )
