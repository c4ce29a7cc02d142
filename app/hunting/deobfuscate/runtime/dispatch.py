"""`evaluate`: from a node of the syntax tree to its value, by handlers that register here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..budget import TooLargeError
from ..syntax import nodes
from ..values import UNKNOWN, UnresolvedError, Value
from .run import Run

Handler = Callable[[Any, Run], Value]
_H = TypeVar("_H", bound=Handler)

# What PowerShell would report as an error is a value that is not known.
UNKNOWABLE = (UnresolvedError, TooLargeError, ArithmeticError, LookupError, ValueError)

_handlers: dict[type[nodes.Node], Handler] = {}
_PAREN = nodes.Paren
_FOLDED = frozenset(
    {
        nodes.Variable,
        nodes.Expandable,
        nodes.Unary,
        nodes.Chain,
        nodes.Cast,
        nodes.Postfix,
        nodes.Paren,
        nodes.SubExpression,
    }
)


def handles(kind: type[nodes.Node]) -> Callable[[_H], _H]:
    """Register the function that evaluates one kind of node."""

    def register(handler: _H) -> _H:
        _handlers[kind] = handler
        return handler

    return register


def _is_literal(node: nodes.Node) -> bool:
    """Brackets around a literal are as readable as it is."""
    return isinstance(node, nodes.Paren) and isinstance(node.body, nodes.Literal)


def evaluate(node: nodes.Node, run: Run) -> Value:
    """The value of a node, UNKNOWN if it cannot be told.

    A value is noted for the readable script unless something was called on the way whose effect
    would disappear from it.
    """
    run.budget.spend(1)
    kind = type(node)
    effects = run.effects
    try:
        value = _handlers[kind](node, run)
    except UNKNOWABLE:
        value = UNKNOWN
    if kind in _FOLDED and run.effects == effects and not (kind is _PAREN and _is_literal(node)):
        run.source.note(node.start, node.end, value)
    return value
