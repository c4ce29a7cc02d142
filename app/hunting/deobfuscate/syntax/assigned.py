"""Which variables a piece of code may change."""

from __future__ import annotations

from . import nodes


def assigned_names(node: nodes.Node) -> set[str]:
    """The variables that code may change."""
    found: set[str] = set()
    waiting: list[object] = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, (list, tuple)):
            waiting += item
        elif isinstance(item, nodes.Node) and not isinstance(item, nodes.Numbers):
            if isinstance(item, (nodes.Assignment, nodes.Increment)):
                found |= _target_names(item.target)
            waiting += [getattr(item, name) for name in item.__dataclass_fields__]
    return found


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
