"""The options of a search for rare sessions."""

from collections.abc import Sequence

from app import params
from app.hunting.sessions.model import LEVELS, Options

_LONGEST = 366 * 86_400.0


def options(given: dict[str, str], fields: Sequence[str]) -> Options:
    """Options from `key=value` texts and the fields of the search. Raises ValueError."""
    time = _field(given, "time", "_time", fields)
    parameters = _field(given, "parameters", "", fields)
    rest = [field for field in fields if field not in (time, parameters)]
    event = _field(given, "event", rest[-1] if rest else "", fields)
    by = params.listed(given, "by", among=fields) or [name for name in rest if name != event]
    return Options(
        event=event,
        by=tuple(by),
        time=time,
        parameters=parameters,
        level=_level(given, parameters),
        gap=params.number(given, "gap", 120, 0.001, _LONGEST),
        duration=params.number(given, "duration", 1200, 0.001, _LONGEST),
        window=params.whole(given, "window", 3, 2, 100),
    )


def _field(given: dict[str, str], name: str, default: str, fields: Sequence[str]) -> str:
    field = given.get(name, default)
    if field not in fields and (field or name in given or name == "event"):
        raise ValueError(f"{name}= names {field!r}; the search has: {', '.join(fields)}")
    return field


def _level(given: dict[str, str], parameters: str) -> str:
    level = given.get("level", "parameters" if parameters else "command")
    if level not in LEVELS:
        raise ValueError(f"level={level!r} is none of {', '.join(LEVELS)}")
    if level != "command" and not parameters:
        raise ValueError(f"level={level} compares parameters: name their field with parameters=")
    return level
