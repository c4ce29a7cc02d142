"""What a search asked for: reading the `param` object that every model function gets.

Its shape is DSDL's: {"options": {"params": {name: text}, "model_name": ..., ...},
"feature_variables": [...]}.
"""

import math
from collections.abc import Collection
from typing import Any

import pandas as pd

Param = dict[str, Any]
HEC_OPTIONS = ("hec", "hec_index", "hec_sourcetype", "hec_source")
_OF_THE_SERVICE = ("algo", "mode", "plot", *HEC_OPTIONS)  # every model takes them, none reads them


def options(param: Param, allowed: Collection[str]) -> dict[str, str]:
    """The key=value options of the search, without SPL's quotes.

    Raises ValueError for an option that the model does not have: a mistyped option that is
    ignored would give a wrong answer.
    """
    given = {
        name: str(value).strip().strip('"')
        for name, value in ((param.get("options") or {}).get("params") or {}).items()
        if name not in _OF_THE_SERVICE
    }
    if unknown := sorted(set(given) - set(allowed)):
        choice = ", ".join(sorted(allowed))
        raise ValueError(f"unknown option {unknown[0]!r}; this model has: {choice}")
    return given


def flag(given: dict[str, str], name: str, default: bool) -> bool:
    """A yes/no option. Raises ValueError for anything else."""
    text = given.get(name, str(default)).lower()
    if text in ("true", "t", "1", "yes", "on"):
        return True
    if text in ("false", "f", "0", "no", "off"):
        return False
    raise ValueError(f"{name}={text!r} is neither true nor false")


def field(df: pd.DataFrame, param: Param, given: dict[str, str]) -> str:
    """The field to work on: `field=`, else the first feature variable, else the first column.

    Raises ValueError if the search has no such field.
    """
    names = [str(column) for column in df.columns]
    wanted = given.get("field") or next(iter(param.get("feature_variables") or names), "")
    if wanted not in names:
        raise ValueError(f"there is no field {wanted!r}; the search has: {', '.join(names)}")
    return wanted


def fields(df: pd.DataFrame, param: Param) -> list[str]:
    """The fields that the search names, or all. Raises ValueError if one is not there."""
    names = [str(column) for column in df.columns]
    wanted = [str(name) for name in param.get("feature_variables") or names]
    if missing := [name for name in wanted if name not in names]:
        raise ValueError(f"there is no field {missing[0]!r}; the search has: {', '.join(names)}")
    return wanted


def listed(given: dict[str, str], name: str, among: Collection[str]) -> list[str]:
    """An option that lists fields, separated by commas, blanks or both; [] without it.

    Raises ValueError for one that is not `among` those that the search has.
    """
    wanted = given.get(name, "").replace(",", " ").split()
    if missing := [entry for entry in wanted if entry not in among]:
        raise ValueError(f"{name}= names {missing[0]!r}; the search has: {', '.join(among)}")
    return wanted


def number(
    given: dict[str, str], name: str, default: float, lowest: float, highest: float
) -> float:
    """An option that is a number. Raises ValueError for anything else and beyond the bounds."""
    text = given.get(name, str(default))
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not lowest <= value <= highest:
        raise ValueError(f"{name}={text!r} is not a number from {lowest:g} to {highest:g}")
    return value


def whole(given: dict[str, str], name: str, default: int, lowest: int, highest: int) -> int:
    """An option that is a whole number. Raises ValueError as `number` does."""
    value = number(given, name, default, lowest, highest)
    if value != int(value):
        raise ValueError(f"{name}={given[name]!r} is not a whole number")
    return int(value)
