"""Cmdlets that work on what comes through the pipeline: loops, filters, output."""

from __future__ import annotations

from ..syntax import nodes
from ..syntax.assigned import assigned_names
from ..values import (
    UNKNOWN,
    UnresolvedError,
    Value,
    known,
    to_bool,
    to_int,
    to_list,
    to_number,
    to_text,
    unwrapped,
)
from .blocks import invoke
from .invocation import Invocation, cmdlet
from .members import member
from .operators import join
from .run import IDLE_ROUNDS, Run, ScriptBlock


@cmdlet("foreach-object")
def _for_each_object(invocation: Invocation) -> Value:
    blocks = [value for _, value in invocation.arguments if isinstance(value, ScriptBlock)]
    if not blocks:
        return _each_member(invocation)
    run = invocation.run
    if invocation.input is None:
        return _each_unknown(blocks, run)
    first, last = (blocks[0], blocks[-1]) if len(blocks) > 1 else (None, None)
    middle = blocks[1:-1] if len(blocks) > 2 else blocks[-1:]
    found = invoke(first, run, {}, is_child=False) if first else []
    if _is_constant(middle) and len(invocation.input) > 1:
        value = invoke(middle[0], run, {}, is_child=False)
        run.budget.produce(len(invocation.input))
        return unwrapped(found + value * len(invocation.input))
    names = set().union(*(assigned_names(block.node) for block in middle))
    for count, item in enumerate(invocation.input):
        if count == IDLE_ROUNDS and run.is_idle(names, found):
            return _each_unknown(middle, run)
        for block in middle:
            found += invoke(block, run, {"_": item, "psitem": item}, is_child=False)
    if last is not None and len(blocks) > 2:
        found += invoke(last, run, {}, is_child=False)
    return unwrapped(found)


def _is_constant(blocks: list[ScriptBlock]) -> bool:
    """`0..65535|%{0}`: how scripts make a buffer."""
    statements = blocks[0].node.statements
    return len(blocks) == len(statements) == 1 and isinstance(statements[0], nodes.Literal)


def _each_unknown(blocks: list[ScriptBlock], run: Run) -> Value:
    """The blocks for an input that is not known: only for the constants in them."""
    for block in blocks:
        run.forget(assigned_names(block.node))
        invoke(block, run, {"_": UNKNOWN, "psitem": UNKNOWN}, is_child=False)
        run.forget(assigned_names(block.node))
    raise UnresolvedError


def _each_member(invocation: Invocation) -> Value:
    """`| % Length`, `| % ToUpper`"""
    bound = invocation.bound("membername argumentlist")
    name = to_text(known(bound.get("membername"))).lower()
    found: list[Value] = []
    for item in invocation.items(None):
        try:
            found.append(member(known(item), name, None, invocation.run))
        except UnresolvedError:
            found.append(member(known(item), name, [], invocation.run))
    return unwrapped(found)


@cmdlet("where-object")
def _where_object(invocation: Invocation) -> Value:
    blocks = [value for _, value in invocation.arguments if isinstance(value, ScriptBlock)]
    if invocation.input is None and blocks:
        return _each_unknown(blocks, invocation.run)
    (block,) = blocks
    found: list[Value] = []
    for item in invocation.items(None):
        tested = invoke(block, invocation.run, {"_": item, "psitem": item}, is_child=False)
        if to_bool(unwrapped(tested)):
            found.append(item)
    return unwrapped(found)


@cmdlet("select-object")
def _select_object(invocation: Invocation) -> Value:
    bound = invocation.bound("property first last skip index expandproperty", "unique")
    items = invocation.items(None)
    if "index" in bound:
        return unwrapped([items[to_int(place)] for place in to_list(bound["index"])])
    if "property" in bound or "unique" in bound or "expandproperty" in bound:
        raise UnresolvedError
    items = items[to_int(bound.get("skip", 0)) :]
    if "last" in bound:
        items = items[max(0, len(items) - to_int(bound["last"])) :]
    return unwrapped(items[: to_int(bound["first"])] if "first" in bound else items)


@cmdlet("sort-object")
def _sort_object(invocation: Invocation) -> Value:
    bound = invocation.bound("property", "descending unique")
    items, run = invocation.items(None), invocation.run
    key = bound.get("property")
    run.budget.spend(len(items))

    def rank(item: Value) -> float | int:
        if isinstance(key, ScriptBlock):
            item = unwrapped(invoke(key, run, {"_": item, "psitem": item}, is_child=False))
        return to_number(item)

    if key is not None and not isinstance(key, ScriptBlock):
        raise UnresolvedError
    return sorted(items, key=rank, reverse=bool(bound.get("descending")))


@cmdlet("write-output")
def _write_output(invocation: Invocation) -> Value:
    argument = invocation.bound("inputobject", "noenumerate").get("inputobject")
    return unwrapped(invocation.items(argument))


@cmdlet("out-string")
def _out_string(invocation: Invocation) -> Value:
    bound = invocation.bound("inputobject width", "stream nonewline")
    texts = [to_text(known(item)) for item in invocation.items(bound.get("inputobject"))]
    if bound.get("stream"):
        return unwrapped([line for text in texts for line in text.splitlines()])
    return "".join(text if bound.get("nonewline") else f"{text}\r\n" for text in texts)


@cmdlet("join-string")
def _join_string(invocation: Invocation) -> Value:
    names = "property separator outputprefix outputsuffix inputobject formatstring"
    bound = invocation.bound(names, "singlequote doublequote useculture")
    if set(bound) - {"separator", "outputprefix", "outputsuffix", "inputobject"}:
        raise UnresolvedError
    run = invocation.run
    parts = {name: to_text(known(bound.get(name, ""))) for name in names.split()[1:4]}
    text = join(invocation.items(bound.get("inputobject")), parts["separator"], run.budget)
    run.step("join")
    return f"{parts['outputprefix']}{text}{parts['outputsuffix']}"


@cmdlet("out-null")
def _out_null(invocation: Invocation) -> Value:
    return None


@cmdlet("measure-object")
def _measure_object(invocation: Invocation) -> Value:
    return {"count": len(invocation.items(None))}
