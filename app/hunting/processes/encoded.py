"""Encoded command lines: what they say, and how much that tells."""

from typing import NamedTuple

import re2

from app.hunting.decode import decode
from app.hunting.processes.names import shape

# An encoded argument, or a run of base64 that may be one.
_MAYBE = re2.compile(r"(?i)[a-z0-9+/]{40}|[-/]e[a-z]*\s+['\"]?[a-z0-9+/]{16}")
_SHOWN = 20_000
C2_POINTS, FAMILY_POINTS, TECHNIQUE_POINTS = 6.0, 4.0, 0.5


class Said(NamedTuple):
    """The innermost script in lower case, its shape, its techniques, and points for it."""

    text: str = ""
    shape: str = ""
    techniques: tuple[str, ...] = ()
    points: float = 0.0


NOTHING = Said()


def said(command: str) -> Said:
    """What a command line says that is encoded in it; NOTHING if nothing is."""
    if not _MAYBE.search(command):
        return NOTHING
    decoded = decode(command)
    if not decoded.layers:
        return NOTHING
    text = (decoded.final or decoded.validated)[:_SHOWN].lower()
    points = TECHNIQUE_POINTS * min(len(decoded.techniques), 6)
    points += C2_POINTS * bool(decoded.c2) + FAMILY_POINTS * bool(decoded.family)
    return Said(text, shape(text), decoded.techniques, points)
