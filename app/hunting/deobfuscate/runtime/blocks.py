"""Running statement lists and script blocks: outputs, scopes, parameters, flow."""

from __future__ import annotations

from ..syntax import nodes
from ..values import UNKNOWN, PowerShellError, UnresolvedError, Value, unwrapped
from .dispatch import evaluate
from .run import Run, ScriptBlock, Source

_MAX_LAYERS = 12  # scripts within scripts within scripts
_CALL_COST = 5  # steps
_MAX_CALLS = 24  # calls within calls
_SILENT = (nodes.Assignment, nodes.Increment, nodes.Function)


class Flow(Exception):  # noqa: N818 - not an error
    """`return`, `break`, `continue`, `throw` or `exit`; `emitted` is what was output before."""

    def __init__(self, keyword: str, value: list[Value]) -> None:
        super().__init__(keyword)
        self.keyword = keyword
        self.emitted = value


def outputs(statements: list[nodes.Node], run: Run) -> list[Value]:
    """What the statements write to the pipeline."""
    found: list[Value] = []
    for statement in statements:
        try:
            value = evaluate(statement, run)
        except Flow as flow:
            flow.emitted[:0] = found
            raise
        except PowerShellError:
            continue
        if isinstance(statement, _SILENT) or value is None:
            continue
        if isinstance(value, list):
            found += value
        else:
            found.append(value)
    return found


def invoke(
    block: ScriptBlock, run: Run, variables: dict[str, Value], is_child: bool = True
) -> list[Value]:
    """What a script block outputs; its variables are its own if it `is_child`."""
    if not block.node.parameters:
        run.unvisited.pop(id(block.node), None)
    if run.calls >= _MAX_CALLS:
        run.partial = True
        raise UnresolvedError
    run.budget.spend(_CALL_COST)
    outer, run.source = run.source, block.source
    run.calls += 1
    try:
        return (_in_child_scope if is_child else _in_same_scope)(block, run, variables)
    except Flow as flow:
        if flow.keyword != "return":
            raise
        return flow.emitted
    finally:
        run.calls -= 1
        run.source = outer


def _in_child_scope(block: ScriptBlock, run: Run, variables: dict[str, Value]) -> list[Value]:
    run.scopes.append(variables)
    depth = len(run.scopes)
    try:
        return outputs(block.node.statements, run)
    finally:
        del run.scopes[depth - 1 :]


def _in_same_scope(block: ScriptBlock, run: Run, variables: dict[str, Value]) -> list[Value]:
    """The variables (such as `$_`) are only set for a while."""
    scope = run.scopes[-1]
    before = {name: scope[name] for name in variables if name in scope}
    scope.update(variables)
    try:
        return outputs(block.node.statements, run)
    finally:
        scope = run.scopes[-1]  # branches work on copies
        for name in variables:
            scope.pop(name, None)
        scope.update(before)


def call(
    block: ScriptBlock, run: Run, named: dict[str, Value], positional: list[Value], input_: Value
) -> Value:
    """What a function or script block returns for its arguments."""
    parameters = block.node.parameters
    variables: dict[str, Value] = {}
    remaining = list(positional)
    for name, default in parameters:
        given = [key for key in named if name.startswith(key)]
        if given:
            variables[name] = named[given[0]]
        elif remaining:
            variables[name] = remaining.pop(0)
        elif default is not None:
            with run.within(block.source):
                variables[name] = evaluate(default, run)
        else:
            variables[name] = None
    variables["args"] = remaining
    if input_ is not None:
        variables["input"] = input_
        variables["_"] = input_
    return unwrapped(invoke(block, run, variables))


def run_script(text: str, run: Run, in_own_scope: bool = False) -> Value:
    """What a script given as text returns; its readable form becomes one of the findings."""
    if run.layers >= _MAX_LAYERS:
        run.partial = True
        raise UnresolvedError
    source = run.read(text)
    run.layers += 1
    run.effects += 1
    try:
        return run_source(source, run, in_own_scope)
    except RecursionError:
        run.partial = True
        raise UnresolvedError from None
    finally:
        run.layers -= 1


def run_source(source: Source, run: Run, in_own_scope: bool = False) -> Value:
    """What a script returns; its parameters are not known unless they have a default."""
    block = ScriptBlock(source.parsed.body, source)
    variables: dict[str, Value] = {}
    with run.within(source):
        for name, default in block.node.parameters:
            variables[name] = UNKNOWN if default is None else evaluate(default, run)
    if not in_own_scope:
        run.scopes[-1].update(variables)
        variables = {}
    return unwrapped(invoke(block, run, variables, is_child=in_own_scope))
