"""Programs that pretend to be part of Windows: its names elsewhere, and names that look like them.

Source: MITRE ATT&CK T1036.005 (match legitimate name or location).
"""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from app.hunting.processes.names import base

_SIGNS = str.maketrans("!1l|0$5@3", "iiiiossae")  # what is read as the same letter
TECHNIQUE = "T1036.005"
LOOK_ALIKE, ELSEWHERE = 9.0, 6.0


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(
        files(__package__).joinpath("masquerade.yaml").read_text("utf-8")
    )
    return data


def pretence(path: str) -> tuple[str, float]:
    """What a process's path pretends, and how much that says: ("", 0.0) if nothing."""
    lower = path.strip().strip('"').replace("/", "\\").lower()
    name = base(path).removesuffix(".exe")
    for part in lower.split("\\")[:-1]:
        if part not in _data()["folders"] and _plain(part) in _plain_folders():
            return "folder that looks like one of Windows", LOOK_ALIKE
    if name not in _data()["allowed"] and name not in _system():
        if any(_differ_by_one(name, known) for known in _data()["imitated"]):
            return "name that looks like one of Windows", LOOK_ALIKE
    elif name in _system() and "\\" in lower and not _at_home(lower, name):
        return "program of Windows in another folder", ELSEWHERE
    return "", 0.0


def _plain(part: str) -> str:
    return part.translate(_SIGNS)


@cache
def _plain_folders() -> frozenset[str]:
    return frozenset(_plain(folder) for folder in _data()["folders"])


@cache
def _system() -> frozenset[str]:
    return frozenset(name for names in _data()["programs"].values() for name in names)


def _at_home(lower: str, name: str) -> bool:
    if name in _data()["programs"]["windows"]:
        return "\\windows\\" + name in lower or "\\syswow64\\" in lower or "\\winsxs\\" in lower
    return any(part in lower for part in _data()["copies"])


def _differ_by_one(name: str, known: str) -> bool:
    """Whether one letter is changed, missing or too many, or two neighbours are swapped."""
    if name == known or abs(len(name) - len(known)) > 1:
        return False
    start = next(
        (n for n, pair in enumerate(zip(name, known, strict=False)) if pair[0] != pair[1]), None
    )
    if start is None:
        return True
    rest, other = name[start:], known[start:]
    if len(name) == len(known):
        return rest[1:] == other[1:] or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
    return rest[1:] == other if len(name) > len(known) else rest == other[1:]
