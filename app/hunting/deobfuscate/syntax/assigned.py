"""Which variables a piece of code may change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter

from . import nodes

_LEAVES = (nodes.Literal, nodes.Numbers, nodes.Variable)
_FILLING = frozenset(["add", "addrange", "append", "appendline", "insert", "write", "writebyte"])
_PLAIN = ("int", "str", "bool")  # annotations of fields that hold no nodes


def _parts(kind: type[nodes.Node]) -> Callable[[object], tuple[object, ...]] | None:
    """The function that gives what a node of that kind consists of; None if of no others."""
    names = [field.name for field in fields(kind) if field.type not in _PLAIN]
    if not names or kind in _LEAVES:
        return None
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda node: (get(node),)


_PARTS: dict[type, Callable[[object], tuple[object, ...]] | None] = {
    kind: _parts(kind)
    for kind in vars(nodes).values()
    if isinstance(kind, type) and issubclass(kind, nodes.Node)
}


def assigned_names(node: nodes.Node) -> set[str]:
    """The variables that code may change."""
    found: set[str] = set()
    waiting: list[object] = [node]
    while waiting:
        item = waiting.pop()
        kind = type(item)
        if kind is list or kind is tuple:
            waiting += item  # type: ignore[arg-type]
        elif parts := _PARTS.get(kind):
            if kind is nodes.Assignment or kind is nodes.Increment:
                found |= _target_names(item.target)  # type: ignore[attr-defined]
            elif kind is nodes.Postfix and _fills(item):  # type: ignore[arg-type]
                found |= _target_names(item)  # type: ignore[arg-type]
            waiting += parts(item)
    return found


def _fills(postfix: nodes.Postfix) -> bool:
    """Whether methods are called that add to a list, a stream or a builder of strings."""
    return any(
        isinstance(step, nodes.Member)
        and step.arguments is not None
        and isinstance(step.name, nodes.Literal)
        and str(step.name.value).lower() in _FILLING
        for step in postfix.steps
    )


def _target_names(target: nodes.Node | None) -> set[str]:
    if isinstance(target, nodes.Variable):
        return {target.name}
    if isinstance(target, nodes.Cast):
        return _target_names(target.operand)
    if isinstance(target, nodes.Paren):
        return _target_names(target.body)
    if isinstance(target, nodes.Array):
        return set().union(*map(_target_names, target.items))
    return _target_names(target.target) if isinstance(target, nodes.Postfix) else set()
