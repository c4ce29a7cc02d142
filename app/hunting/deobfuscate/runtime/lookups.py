"""Finding commands, aliases, variables and drives' items by name or wildcard."""

from __future__ import annotations

from collections.abc import Iterable

from ..session import session
from ..values import UNKNOWN, Ambient, NamedValue, UnresolvedError, Value, unwrapped
from . import patterns
from .run import MISSING, Run

_WILDCARDS = frozenset("*?[")


def _is_wildcard(name: str) -> bool:
    return not _WILDCARDS.isdisjoint(name)


def _matching(names: Iterable[str], pattern: str, run: Run) -> list[str]:
    candidates = list(names)
    run.budget.spend(4 * len(candidates))
    return [name for name in candidates if patterns.like(name, pattern)]


def commands_like(pattern: str, run: Run) -> Value:
    """Get-Command: what `& (gcm i*x)` would call, by name."""
    if not _is_wildcard(pattern):
        return NamedValue(pattern, pattern)
    for names in (session().commands, session().aliases):
        if found := _matching(names, pattern, run):
            return unwrapped([NamedValue(name, name) for name in found])
    raise UnresolvedError


def aliases_like(pattern: str, run: Run) -> Value:
    """Get-Alias: names with what they stand for."""
    aliases = session().aliases
    found = _matching(aliases, pattern, run)
    if not found:
        raise UnresolvedError
    return unwrapped([NamedValue(name, aliases[name]) for name in found])


def variables_like(pattern: str, run: Run) -> Value:
    """Get-Variable: names with values; the script's own variables come first."""
    wanted = pattern.lower()
    if not _is_wildcard(wanted):
        return NamedValue(pattern, _variable(wanted, run))
    own = _matching((name for name in run.names() if ":" not in name), wanted, run)
    names = sorted(own) or _matching(session().variable_names, wanted, run)
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
        return aliases_like(name, run)
    if colon and drive == "env":
        return _environment_like(name, run)
    raise UnresolvedError


def _environment_like(pattern: str, run: Run) -> Value:
    environment = session().environment
    own = _matching(
        (name for name in run.names() if name.startswith("env:")), f"env:{pattern}", run
    )
    found: list[Value] = [NamedValue(name[4:], run.get(name)) for name in own]
    found += [
        NamedValue(name, Ambient(environment[name]))
        for name in _matching(environment, pattern, run)
    ]
    if not found:
        raise UnresolvedError
    return unwrapped(found)
