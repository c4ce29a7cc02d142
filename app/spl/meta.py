"""The meta object of a request: what DSDL tells a container about the search.

Its shape is exact; notebooks read it as `param`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.spl import SplError
from app.spl.parser import Apply, Fit

# MLTK's defaults (mlspl.conf, [default]). Like every option, they are sent as text.
LIMITS = {
    "handle_new_cat": "default",
    "max_distinct_cat_values": "100",
    "max_distinct_cat_values_for_classifiers": "100",
    "max_distinct_cat_values_for_scoring": "100",
    "max_fit_time": "600",
    "max_inputs": "100000",
    "max_memory_usage_mb": "4000",
    "max_model_size_mb": "30",
    "max_score_time": "600",
    "streaming_apply": "false",
    "use_sampling": "true",
}


@dataclass(frozen=True)
class Fitted:
    """What MLTK keeps of a fit, so that apply can do without algorithm and fields."""

    options: dict[str, Any]
    features: list[str]
    target: str | None = None


def of_fit(command: Fit, columns: Sequence[str]) -> Fitted:
    """The options of a fit, its globs resolved. Raises SplError for a field that is not there."""
    features = resolve(command.fields, columns)
    target = resolve(command.targets, columns)
    if len(target) > 1:
        raise SplError(f"there can be one field before 'from', and there are {len(target)}")
    features = [name for name in features if name not in target]
    if not features:
        raise SplError("no field is left for the model to work on but the one before 'from'")
    options: dict[str, Any] = {
        "params": command.params,
        "args": [*command.targets, *command.fields],
        "feature_variables": list(command.fields),
        "target_variable": list(command.targets),
        "model_name": command.model.name if command.model else None,
        **_names(command),
        "algo_name": command.algorithm,
        "mlspl_limits": LIMITS,
    }
    options = {name: value for name, value in options.items() if value} | {"kfold_cv": None}
    return Fitted(options, features, target[0] if target else None)


def of_apply(command: Apply, fitted: Fitted) -> Fitted:
    """The options of the fit, with those of apply on top."""
    params = {**fitted.options.get("params", {}), **command.params}
    changed = {**_names(command), "params": params, "mlspl_limits": LIMITS}
    options = {**fitted.options, **changed}
    return Fitted(options, fitted.features, fitted.target)


def fit_meta(fitted: Fitted) -> dict[str, Any]:
    """The meta object of POST /fit."""
    targets = {"target_variables": [fitted.target]} if fitted.target else {}
    return {**apply_meta(fitted), **targets}


def apply_meta(fitted: Fitted) -> dict[str, Any]:
    """The meta object of POST /apply."""
    return {"options": fitted.options, "feature_variables": fitted.features}


def present(names: list[str], columns: Sequence[str]) -> list[str]:
    """The names, if there are columns of all of them. Raises SplError for one that is missing."""
    for name in names:
        if name not in columns:
            raise _missing(name, columns)
    return names


def resolve(names: Iterable[str], columns: Sequence[str]) -> list[str]:
    """The columns that fields and globs (`*` stands for any text) name, each once, in order."""
    found: dict[str, None] = {}
    for name in names:
        pattern = re.compile(".*".join(map(re.escape, name.split("*"))), re.DOTALL)
        matches = [column for column in columns if pattern.fullmatch(column)]
        if "*" in name:  # Splunk's own copies of multivalue fields are not for models
            matches = [column for column in matches if not column.startswith("__mv_")]
        if not matches:
            raise _missing(name, columns)
        found |= dict.fromkeys(matches)
    return list(found)


def _missing(name: str, columns: Sequence[str]) -> SplError:
    return SplError(f"there is no field {name!r}; the events have: {', '.join(columns)}")


def _names(command: Fit | Apply) -> dict[str, str]:
    names = {"output_name": command.output_name, "split_by": command.split_by}
    return {key: value for key, value in names.items() if value}
