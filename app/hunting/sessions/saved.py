"""Saving what a model of sessions learned."""

from dataclasses import asdict
from pathlib import Path

from app.hunting import state
from app.hunting.sessions import counts
from app.hunting.sessions.model import Learned, Options

_KIND, _VERSION = "rare_sessions", 1


def save(stem: Path, options: Options, learned: Learned) -> Path:
    """Write `<stem>.zip`; returns its path."""
    values = {"options": asdict(options), "counts": learned.counts.as_json()}
    return state.save(stem, _KIND, _VERSION, values, {"likelihoods": learned.likelihoods})


def load(stem: Path) -> tuple[Options, Learned]:
    """What `save` wrote. Raises FileNotFoundError or StateError, as state.load does."""
    saved = state.load(stem, _KIND, _VERSION)
    given = saved.values["options"]
    options = Options(**given | {"by": tuple(given["by"])})
    return options, Learned(counts.from_json(saved.values["counts"]), saved.arrays["likelihoods"])
