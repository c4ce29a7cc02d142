"""A command call: its arguments and input, and how they are bound to parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ..syntax import nodes
from ..values import UNKNOWN, Value, to_list, to_text, unwrapped
from .dispatch import UNKNOWABLE
from .run import Run, ScriptBlock

NO_VALUE = object()  # a parameter without a value beside it: a switch, or the value follows
_COMMON = ("erroraction", "ea", "warningaction", "wa", "errorvariable", "outvariable", "outbuffer")


@dataclass(frozen=True, slots=True, eq=False)
class Invocation:
    """A command call. `input` is what the pipeline brings, None if that is not known."""

    run: Run
    arguments: list[tuple[str, Value]]
    input: list[Value] | None
    node: nodes.Command

    def bound(self, names: str, switches: str = "") -> dict[str, Value]:
        """Arguments by parameter name; those without a name fill `names` in order.

        As PowerShell does, any beginning of a parameter's name is taken for it.
        """
        flags, waiting = switches.split(), ""
        parameters = [*names.split(), *_COMMON]
        found: dict[str, Value] = {}
        positional: list[Value] = []
        for name, value in self.arguments:
            if name:
                matched = _matching(name, flags) or _matching(name, parameters)
                waiting = matched if value is NO_VALUE and matched not in flags else ""
                if not waiting:
                    found[matched] = True if value is NO_VALUE else value
            elif waiting:
                found[waiting], waiting = value, ""
            else:
                positional.append(value)
        free = [name for name in names.split() if name not in found]
        found.update(zip(free, positional, strict=False))
        return found

    def as_function(self) -> tuple[dict[str, Value], list[Value]]:
        """Arguments by the names that the caller wrote, and the others in order."""
        named: dict[str, Value] = {}
        positional: list[Value] = []
        waiting = ""
        for name, value in self.arguments:
            if name:
                waiting = name if value is NO_VALUE else ""
                named[name] = True if value is NO_VALUE else value
            elif waiting:
                named[waiting], waiting = value, ""
            else:
                positional.append(value)
        return named, positional

    def items(self, argument: Value) -> list[Value]:
        """What is worked on: the argument, or else the pipeline's input."""
        if argument is not None:
            return to_list(argument)
        return to_list(UNKNOWN if self.input is None else self.input)

    def whole_input(self) -> Value:
        return UNKNOWN if self.input is None else unwrapped(self.input)

    def text(self) -> str:
        """The command as it stands in the script."""
        return self.run.source.text[self.node.start : self.node.end]

    def words(self) -> list[str] | None:
        """The arguments as a program gets them; None if one is not known."""
        found: list[str] = []
        for name, value in self.arguments:
            if name:
                found.append(f"-{name}")
            if value is not NO_VALUE:
                if value is UNKNOWN or isinstance(value, (ScriptBlock, dict)):
                    return _block_words(value, found)
                try:
                    found += map(to_text, to_list(value))
                except UNKNOWABLE:
                    return None
        return found


def _block_words(value: Value, before: list[str]) -> list[str] | None:
    """`powershell { ... }` and `powershell -Command { ... }`"""
    return [*before, value.text] if isinstance(value, ScriptBlock) else None


def _matching(name: str, parameters: list[str]) -> str:
    return next((parameter for parameter in parameters if parameter.startswith(name)), "")


Cmdlet = Callable[[Invocation], Value]
_C = TypeVar("_C", bound=Cmdlet)
CMDLETS: dict[str, Cmdlet] = {}


def cmdlet(*names: str) -> Callable[[_C], _C]:
    """Register the function that evaluates a cmdlet, by its full name in lower case."""

    def register(function: _C) -> _C:
        CMDLETS.update(dict.fromkeys(names, function))
        return function

    return register
