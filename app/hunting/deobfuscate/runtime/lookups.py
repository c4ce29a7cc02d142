"""Finding commands, aliases, variables and drives' items by name or wildcard."""

from __future__ import annotations

from ..session import session
from ..values import UNKNOWN, Ambient, NamedValue, UnresolvedError, Value, unwrapped
from . import patterns
from .run import MISSING, Run

_WILDCARDS = frozenset("*?[")


def _is_wildcard(name: str) -> bool:
    return not _WILDCARDS.isdisjoint(name)


def commands_like(pattern: str) -> Value:
    """Get-Command: what `& (gcm i*x)` would call, by name."""
    if not _is_wildcard(pattern):
        return NamedValue(pattern, pattern)
    known = session()
    for names in (known.commands, tuple(known.aliases)):
        found = [name for name in names if patterns.like(name, pattern)]
        if found:
            return unwrapped([NamedValue(name, name) for name in found])
    raise UnresolvedError


def aliases_like(pattern: str) -> Value:
    """Get-Alias: names with what they stand for."""
    aliases = session().aliases
    found = [name for name in aliases if patterns.like(name, pattern)]
    if not found:
        raise UnresolvedError
    return unwrapped([NamedValue(name, aliases[name]) for name in found])


def variables_like(pattern: str, run: Run) -> Value:
    """Get-Variable: names with values; the script's own variables come first."""
    wanted = pattern.lower()
    if not _is_wildcard(wanted):
        return NamedValue(pattern, _variable(wanted, run))
    own = [name for name in run.names() if ":" not in name and patterns.like(name, wanted)]
    names = sorted(own) or [
        name for name in session().variable_names if patterns.like(name, wanted)
    ]
    if not names:
        raise UnresolvedError
    return unwrapped([NamedValue(name, _variable(name.lower(), run)) for name in names])


def _variable(name: str, run: Run) -> Value:
    value = run.get(name)
    if value is not MISSING:
        return value
    text = session().variables.get(name)
    return UNKNOWN if text is None else Ambient(text)


def item_like(path: str, run: Run) -> Value:
    """Get-Item and Get-ChildItem on the drives `variable:`, `env:`, `alias:` and `function:`."""
    drive, colon, name = path.lower().partition(":")
    name = name.lstrip("\\/")
    if colon and drive == "variable":
        return variables_like(name, run)
    if colon and drive == "alias":
        return aliases_like(name)
    if colon and drive == "env":
        return _environment_like(name, run)
    raise UnresolvedError


def _environment_like(pattern: str, run: Run) -> Value:
    environment = session().environment
    own = [name for name in run.names() if name.startswith("env:")]
    found: list[Value] = [
        NamedValue(name[4:], run.get(name)) for name in own if patterns.like(name[4:], pattern)
    ]
    found += [
        NamedValue(name, Ambient(text))
        for name, text in environment.items()
        if patterns.like(name, pattern)
    ]
    if not found:
        raise UnresolvedError
    return unwrapped(found)
