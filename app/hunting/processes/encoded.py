"""Encoded command lines: what they say, and how much that tells."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import yaml

from app.hunting.decode import Decoded, decode_all
from app.hunting.processes.names import shape
from app.hunting.scanner import Scanner

# An encoded argument, or a run of base64 that may be one.
_MAYBE = r"[a-z0-9+/]{40}|[-/]e[a-z]*\s+['\"]?[a-z0-9+/]{16}"
_SHOWN = 20_000
C2_POINTS, FAMILY_POINTS, TECHNIQUE_POINTS = 6.0, 4.0, 0.5


class Said(NamedTuple):
    """The innermost script in lower case, its shape, its techniques, and points for it."""

    text: str = ""
    shape: str = ""
    techniques: tuple[str, ...] = ()
    points: float = 0.0
    automation: bool = False  # a script of configuration management


NOTHING = Said()


def said(commands: Sequence[str]) -> list[Said]:
    """What each command line says that is encoded in it; NOTHING if nothing is."""
    encoded = [command for command in commands if _may_be_encoded(command)]
    read = {decoded.command_line: _said(decoded) for decoded in decode_all(encoded)}
    return [read.get(command, NOTHING) for command in commands]


@cache
def _scanner() -> Scanner:
    return Scanner({0: _MAYBE})


def _may_be_encoded(command: str) -> bool:
    return bool(_scanner().find(command.encode("utf-8", "replace")))


def _said(decoded: Decoded) -> Said:
    if not decoded.layers:
        return NOTHING
    text = (decoded.final or decoded.validated)[:_SHOWN].lower()
    points = TECHNIQUE_POINTS * min(len(decoded.techniques), 6)
    automation = decoded.family in automation_names()["families"]
    points += C2_POINTS * bool(decoded.c2)
    points += FAMILY_POINTS * (decoded.family != "" and not automation)
    return Said(text, shape(text), decoded.techniques, points, automation)


@cache
def automation_names() -> dict[str, list[str]]:
    """The services and families of automation.yaml."""
    text = files(__package__).joinpath("automation.yaml").read_text("utf-8")
    data: dict[str, list[str]] = yaml.safe_load(text)
    return data
