"""Suspicious behaviours of processes (behaviours.yaml): which ones each event shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd
import re2
import yaml
from numpy.typing import NDArray

from app.hunting.scanner import Scanner

Coded = tuple[NDArray[np.intp], Sequence[str]]  # of each row the number of its text, and texts
_GROUP = re2.compile(r"@(\w+)")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One entry of behaviours.yaml; patterns that are empty match everything."""

    name: str
    techniques: tuple[str, ...]
    points: float
    parent: str = ""
    child: str = ""
    not_child: str = ""
    command: str = ""
    path: str = ""
    discovery: bool = False


@cache
def behaviours() -> tuple[Behaviour, ...]:
    """All of them, with the groups of names put in."""
    data = yaml.safe_load(files(__package__).joinpath("behaviours.yaml").read_text("utf-8"))
    return tuple(_behaviour(entry, data["groups"]) for entry in data["behaviours"])


def _behaviour(entry: dict[str, str], groups: dict[str, str]) -> Behaviour:
    given = {name: value for name, value in entry.items() if name != "reference"}
    for field in ("parent", "child", "not_child"):
        if field in given:
            given[field] = _GROUP.sub(lambda group: groups[group.group(1)], given[field])
    given["techniques"] = tuple(entry["techniques"].split(";"))  # type: ignore[assignment]
    return Behaviour(**given)  # type: ignore[arg-type]


def shown(
    parents: pd.Series, children: pd.Series, commands: Coded, paths: pd.Series
) -> NDArray[np.bool_]:
    """Which behaviours each event shows: rows x behaviours().

    `parents` and `children` are file names, all texts in lower case.
    """
    rules = behaviours()
    result = np.ones((len(children), len(rules)), dtype=bool)
    for column, field in ((parents, "parent"), (children, "child"), (children, "not_child")):
        result &= _whole(column, [getattr(rule, field) for rule in rules], field == "not_child")
    result &= _anywhere(commands, [rule.command for rule in rules])
    result &= _anywhere(_coded(paths), [rule.path for rule in rules])
    return result


def _coded(texts: pd.Series) -> Coded:
    codes, unique = pd.factorize(texts)
    return codes, list(unique)


def _whole(texts: pd.Series, patterns: list[str], unless: bool) -> NDArray[np.bool_]:
    given = np.array([pattern != "" for pattern in patterns])
    whole = [rf"\A(?:{pattern})\z" if pattern else "" for pattern in patterns]
    found = _anywhere(_coded(texts), whole)
    return np.asarray(found ^ (unless & given))


def _anywhere(texts: Coded, patterns: list[str]) -> NDArray[np.bool_]:
    """All patterns in one pass over each different text."""
    numbers = [number for number, pattern in enumerate(patterns) if pattern]
    scanner = _scanner(tuple((number, patterns[number]) for number in numbers))
    codes, unique = texts
    table = np.ones((max(len(unique), 1), len(patterns)), dtype=bool)
    table[:, numbers] = False
    for row, text in enumerate(unique):
        if found := scanner.find(text.encode("utf-8", "replace")):
            table[row, list(found)] = True
    return table[codes]


@cache
def _scanner(patterns: tuple[tuple[int, str], ...]) -> Scanner:
    return Scanner(dict(patterns))
