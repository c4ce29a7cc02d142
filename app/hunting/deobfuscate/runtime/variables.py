"""What a variable holds: the script's own value, or the session's."""

from __future__ import annotations

from ..session import session
from ..values import UNKNOWN, Ambient, Value
from .objects import Engine
from .run import MISSING, Run

_CONSTANTS: dict[str, Value] = {
    "null": None,
    "true": True,
    "false": False,
    "?": True,
    "executioncontext": Engine(),
}


def find_variable(name: str, run: Run) -> Value:
    """A variable's value; MISSING if neither script nor session set it."""
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    value = run.get(name)
    if value is not MISSING:
        return value
    drive, colon, rest = name.partition(":")
    texts = session().environment if colon and drive == "env" else session().variables
    text = texts.get(rest if colon else name)
    return MISSING if text is None else Ambient(text)


def variable_value(name: str, run: Run) -> Value:
    """The same as an expression: $null before the script sets it, UNKNOWN if it never does."""
    value = find_variable(name, run)
    if value is not MISSING:
        return value
    return None if run.will_set(name) else UNKNOWN
