"""Evaluates statements: branches, loops, functions. What depends on the unknown stays unknown."""

from __future__ import annotations

from contextlib import suppress

from ..syntax import nodes
from ..syntax.assigned import assigned_names
from ..values import UNKNOWN, UnresolvedError, Value, known, to_bool, to_list, unwrapped
from .binary import binary
from .blocks import Flow, invoke, outputs
from .dispatch import UNKNOWABLE, evaluate, handles
from .run import IDLE_ROUNDS, MISSING, Run, ScriptBlock

_MAX_ROUNDS = 50_000  # of one loop


@handles(nodes.If)
def _if(node: nodes.If, run: Run) -> Value:
    possible: list[nodes.Block] = []
    for condition, body in node.clauses:
        holds = True if condition is None else _truth(condition, run)
        if holds is None:
            possible.append(body)
        elif holds:
            if not possible:
                return outputs(body.statements, run)
            possible.append(body)
            return _either(possible, run, is_complete=True)
    return _either(possible, run, is_complete=False)


def _truth(condition: nodes.Node, run: Run) -> bool | None:
    """Whether a condition holds, None if that is not known."""
    value = evaluate(condition, run)
    try:
        return to_bool(value)
    except UnresolvedError:
        return None


def _either(bodies: list[nodes.Block], run: Run, is_complete: bool) -> Value:
    """Each body from the same start; what they leave different is not known afterwards.

    `is_complete`: one of them certainly runs.
    """
    if not bodies:
        return []
    before = [dict(scope) for scope in run.scopes]
    ends: list[list[dict[str, Value]]] = [] if is_complete else [before]
    run.effects += 1
    for body in bodies:
        run.scopes[:] = [dict(scope) for scope in before]
        try:
            outputs(body.statements, run)
        except Flow:
            run.interrupted = True
        ends.append(list(run.scopes))
    run.scopes[:] = [_common(scopes) for scopes in zip(*ends, strict=False)]
    return [UNKNOWN]


def _common(scopes: tuple[dict[str, Value], ...]) -> dict[str, Value]:
    first, *others = scopes
    merged: dict[str, Value] = {}
    for name in {name for scope in scopes for name in scope}:
        value = first.get(name, UNKNOWN)
        agreed = all(_same(value, other.get(name, UNKNOWN)) for other in others)
        merged[name] = value if agreed else UNKNOWN
    return merged


def _same(first: Value, second: Value) -> bool:
    return first is second or (type(first) is type(second) and first == second)


@handles(nodes.Switch)
def _switch(node: nodes.Switch, run: Run) -> Value:
    """Every item of a list is compared with all patterns."""
    subject = evaluate(node.subject, run)
    if subject is UNKNOWN:
        return _either([body for _, body in node.clauses], run, is_complete=False)
    effects = run.effects
    found: list[Value] = []
    for item in to_list(subject):
        try:
            chosen = _chosen(node, item, run)
        except UNKNOWABLE:
            return _either([body for _, body in node.clauses], run, is_complete=False)
        outcome, is_over = _until_break(chosen, item, run)
        found += outcome
        if is_over:
            break
    if run.effects == effects and not assigned_names(node):
        run.source.note(node.start, node.end, unwrapped(found))
    return found


def _chosen(node: nodes.Switch, item: Value, run: Run) -> list[nodes.Block]:
    """The bodies for an item, those of `default` if no pattern fits."""
    fitting = [
        body
        for pattern, body in node.clauses
        if pattern is not None and _fits(node.operator, pattern, item, run)
    ]
    return fitting or [body for pattern, body in node.clauses if pattern is None]


def _fits(operator: str, pattern: nodes.Node, item: Value, run: Run) -> bool:
    wanted = evaluate(pattern, run)
    if isinstance(wanted, ScriptBlock):
        return to_bool(unwrapped(invoke(wanted, run, {"_": item}, is_child=False)))
    return to_bool(binary(operator, item, known(wanted), run))


def _until_break(bodies: list[nodes.Block], item: Value, run: Run) -> tuple[list[Value], bool]:
    """What the bodies output for an item, and whether one of them ends the `switch`."""
    found: list[Value] = []
    for body in bodies:
        try:
            found += invoke(ScriptBlock(body, run.source), run, {"_": item}, is_child=False)
        except Flow as flow:
            if flow.keyword not in ("break", "continue"):
                raise
            return found + flow.emitted, flow.keyword == "break"
    return found, False


class _Loop:
    """Rounds of a loop: collects outputs, stops at `break`, gives up on what is not known."""

    def __init__(self, node: nodes.Node, body: nodes.Block, run: Run) -> None:
        self.found: list[Value] = []
        self.gave_up = False
        self._names = assigned_names(node)
        self._body_names = assigned_names(body)
        self._body = body
        self._run = run
        self._rounds = 0

    def round(self) -> bool:
        """Evaluate the body once; False when the loop is over."""
        run, before = self._run, self._run.interrupted
        run.interrupted = False
        self._rounds += 1
        try:
            self.found += outputs(self._body.statements, run)
        except Flow as flow:
            self.found += flow.emitted
            if flow.keyword not in ("break", "continue"):
                raise
            if flow.keyword == "break":
                return False
        finally:
            unsure, run.interrupted = run.interrupted, before
        idle = self._rounds == IDLE_ROUNDS and run.is_idle(self._body_names, self.found)
        if unsure or idle or self._rounds > _MAX_ROUNDS:
            self.give_up()
            return False
        return True

    def give_up(self, *names: str) -> None:
        """It is not known how often the body runs: once more, with what it changes unknown."""
        run, self.gave_up = self._run, True
        run.forget(self._names | set(names))
        run.effects += 1
        self.found = [UNKNOWN]
        with suppress(Flow):
            outputs(self._body.statements, run)
        run.forget(self._names | set(names))


@handles(nodes.ForEach)
def _for_each(node: nodes.ForEach, run: Run) -> Value:
    items = evaluate(node.items, run)
    loop = _Loop(node, node.body, run)
    if items is UNKNOWN:
        loop.give_up(node.name)
        return loop.found
    for item in list(to_list(items)):
        run.set(node.name, item)
        if not loop.round():
            break
    return loop.found


@handles(nodes.For)
def _for(node: nodes.For, run: Run) -> Value:
    if node.initial is not None:
        evaluate(node.initial, run)
    loop = _Loop(node, node.body, run)
    if _is_endless(node.condition):
        loop.give_up()
        return loop.found
    while True:
        holds = True if node.condition is None else _truth(node.condition, run)
        if holds is None:
            loop.give_up()
        if not holds or not loop.round():
            break
        if node.step is not None:
            evaluate(node.step, run)
    if loop.gave_up and node.condition is not None:
        evaluate(node.condition, run)  # for the next rounds it was something else
    return loop.found


def _is_endless(condition: nodes.Node | None) -> bool:
    """`while ($true)`: waits for something that is not in the script."""
    if isinstance(condition, nodes.Paren):
        condition = condition.body
    if isinstance(condition, nodes.Variable):
        return condition.name == "true"
    return condition is None or isinstance(condition, nodes.Literal)


@handles(nodes.DoLoop)
def _do(node: nodes.DoLoop, run: Run) -> Value:
    loop = _Loop(node, node.body, run)
    while loop.round():
        holds = _truth(node.condition, run)
        if holds is None:
            loop.give_up()
            break
        if holds is node.negated:
            break
    return loop.found


@handles(nodes.Try)
def _try(node: nodes.Try, run: Run) -> Value:
    found: list[Value] = []
    try:
        found = outputs(node.body.statements, run)
    except Flow as flow:
        if flow.keyword != "throw":
            raise
    for handler in node.handlers:
        _either([handler], run, is_complete=False)
    if node.final is not None:
        found += outputs(node.final.statements, run)
    return found


@handles(nodes.Function)
def _function(node: nodes.Function, run: Run) -> Value:
    block = ScriptBlock(node.body, run.source)
    run.functions[node.name] = block
    run.meet(block)
    return None


@handles(nodes.Process)
def _process(node: nodes.Process, run: Run) -> Value:
    """Once for each input of the function, once for none."""
    given = run.get("input")
    items = [UNKNOWN] if given in (UNKNOWN, MISSING) else to_list(given) or [None]
    found: list[Value] = []
    for item in items:
        run.budget.spend(1)
        run.set("_", item)
        run.set("psitem", item)
        found += outputs(node.body.statements, run)
    return found


@handles(nodes.Flow)
def _flow(node: nodes.Flow, run: Run) -> Value:
    value = None if node.value is None else evaluate(node.value, run)
    emitted = list(value) if isinstance(value, list) else [] if value is None else [value]
    raise Flow(node.keyword, emitted if node.keyword == "return" else [])
