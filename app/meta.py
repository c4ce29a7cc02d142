"""What the service itself reads in the meta object of a search; modules get that unchanged."""

import math
import re
from dataclasses import dataclass
from typing import Any

from app.failures import RefusedError
from app.variables import yes_or_no

_MODEL_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True)
class Options:
    """The part of a search's options that say what to run, and for how long (None: no limit)."""

    algo: str
    mode: str
    model_name: str
    plot: bool
    fit_seconds: float | None
    score_seconds: float | None
    memory_mb: float | None


def read_options(meta: dict[str, Any]) -> Options:
    """Raises RefusedError where the meta object does not have DSDL's shape."""
    options = _object(meta, "options")
    params = _object(options, "params")
    limits = _object(options, "mlspl_limits")
    return Options(
        algo=_text(params, "algo"),
        mode=_text(params, "mode").strip(' "').lower(),
        model_name=_model_name(options.get("model_name")),
        plot=_flag(params, "plot"),
        fit_seconds=_limit(limits, "max_fit_time"),
        score_seconds=_limit(limits, "max_score_time"),
        memory_mb=_limit(limits, "max_memory_usage_mb"),
    )


def _object(parent: dict[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RefusedError(f"{name} of meta is {value!r:.50}, not an object")
    return value


def _text(params: dict[str, Any], name: str) -> str:
    """A parameter without the quotes that it may carry from SPL."""
    value = params.get(name)
    return "" if value is None else str(value).strip('"')


def _flag(params: dict[str, Any], name: str) -> bool:
    text = _text(params, name).strip()
    try:
        return bool(text) and yes_or_no(text)
    except ValueError as error:
        raise RefusedError(f"{name} {error}") from None


def _model_name(value: Any) -> str:
    """A name that is safe as a part of a file name. Without one (no `into`) it is `default`."""
    if value is None:
        return "default"
    if not isinstance(value, str) or not _MODEL_NAME.fullmatch(value):
        raise RefusedError(f"model name {value!r:.120}: use up to 100 letters, digits, '_' and '-'")
    return value


def _limit(limits: dict[str, Any], name: str) -> float | None:
    """A limit of MLTK's mlspl.conf. What is no positive number is no limit: the caps still hold."""
    try:
        value = float(limits.get(name, ""))
    except (TypeError, ValueError, OverflowError):
        return None
    return value if value > 0 and math.isfinite(value) else None
