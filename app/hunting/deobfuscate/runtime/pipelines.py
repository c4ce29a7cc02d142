"""Evaluates commands and pipelines: what is called, with which arguments and input."""

from __future__ import annotations

from ..literals import BARE_WORD
from ..session import session
from ..syntax import nodes
from ..values import UNKNOWN, Ambient, NamedValue, Value, to_list, to_text, unwrapped
from . import launchers
from .blocks import call, run_script
from .dispatch import UNKNOWABLE, evaluate, handles
from .invocation import CMDLETS, NO_VALUE, Invocation
from .run import Run, ScriptBlock
from .variables import variable_value

_MIN_ASSUMED_SCRIPT = 20  # characters of a text that a command of unknown name probably runs
_CODE = frozenset("($|;:")
_MAX_BUFFER = 1 << 20


@handles(nodes.Pipeline)
def _pipeline(node: nodes.Pipeline, run: Run) -> Value:
    """From left to right; the longest beginning without unknown effects is written out."""
    if buffer := _buffer(node, run):
        return buffer
    effects = run.effects
    first, *following = node.elements
    value = evaluate(first, run)
    beginning: Value = UNKNOWN
    begun = node.start
    for element in following:
        if isinstance(element, nodes.Command):
            value = _command(element, run, _as_input(value))
        else:
            value = evaluate(element, run)
        if run.effects == effects and value is not UNKNOWN:
            beginning, begun = value, element.end
    run.source.note_beginning(node.start, node.end, begun, beginning)
    return value


def _buffer(node: nodes.Pipeline, run: Run) -> list[Value]:
    """`0..65535|%{0}`, how scripts make a buffer: its numbers need not be made for that."""
    match node.elements:
        case [
            nodes.Chain(
                first=nodes.Literal(value=int(first)),
                rest=[("..", nodes.Literal(value=int(last)))],
            ),
            nodes.Command(
                name=nodes.Literal(value="%"),
                arguments=[nodes.Block(statements=[nodes.Literal(value=int(constant))])],
            ),
        ] if 0 < last - first < _MAX_BUFFER and "%" not in run.functions.keys() | run.aliases:
            run.budget.produce(8 * (last - first + 1))
            return [constant] * (last - first + 1)
    return []


def _as_input(value: Value) -> list[Value] | None:
    """The input of a command in a pipeline; None if it is not known."""
    return None if value is UNKNOWN else to_list(value)


@handles(nodes.Command)
def _alone(node: nodes.Command, run: Run) -> Value:
    effects = run.effects
    value = _command(node, run, [])
    if run.effects == effects and not _is_echo(node):
        run.source.note(node.start, node.end, value)
    return value


def _is_echo(node: nodes.Command) -> bool:
    """Whether the command only says what stands there."""
    name = node.name.value if isinstance(node.name, nodes.Literal) else ""
    return str(name).lower() in ("echo", "write", "write-output")


@handles(nodes.Opaque)
def _opaque(node: nodes.Opaque, run: Run) -> Value:
    run.effects += 1
    return UNKNOWN


@handles(nodes.Splat)
def _splat(node: nodes.Splat, run: Run) -> Value:
    return variable_value(node.name, run)


@handles(nodes.Parameter)
def _parameter(node: nodes.Parameter, run: Run) -> Value:
    return UNKNOWN if node.value is None else evaluate(node.value, run)


def _command(node: nodes.Command, run: Run, input_: list[Value] | None) -> Value:
    target = _target(node, run)
    arguments = _arguments(node, run)
    invocation = Invocation(run, arguments, input_, node)
    try:
        return _called(target, invocation)
    except UNKNOWABLE:
        _unknown_command(invocation)
        return UNKNOWN


def _target(node: nodes.Command, run: Run) -> Value:
    """What is called; a computed name is noted in its plain form."""
    target = evaluate(node.name, run)
    if isinstance(target, list):
        target = unwrapped(target[:1])
    if isinstance(target, NamedValue):
        target = target.value if isinstance(target.value, ScriptBlock) else target.name
    if isinstance(target, Ambient) or not isinstance(target, str):
        return target
    if node.invoked and BARE_WORD.match(target):
        run.source.note_word(node.start, node.name.end, target)
    return target


def _arguments(node: nodes.Command, run: Run) -> list[tuple[str, Value]]:
    """Parameter names (`''` for none) with values, in order; a switch has NO_VALUE."""
    found: list[tuple[str, Value]] = []
    for argument in node.arguments:
        if isinstance(argument, nodes.Splat):
            found += _splatted(evaluate(argument, run))
            continue
        name = argument.name if isinstance(argument, nodes.Parameter) else ""
        has_value = not isinstance(argument, nodes.Parameter) or argument.value is not None
        found.append((name, evaluate(argument, run) if has_value else NO_VALUE))
    return found


def _splatted(value: Value) -> list[tuple[str, Value]]:
    if isinstance(value, dict):
        return list(value.items())
    return [("", item) for item in value] if isinstance(value, list) else [("", value)]


def _called(target: Value, invocation: Invocation) -> Value:
    run = invocation.run
    if isinstance(target, ScriptBlock):
        named, positional = invocation.as_function()
        return call(target, run, named, positional, invocation.whole_input())
    if not isinstance(target, str) or isinstance(target, Ambient):
        return _assumed(invocation)
    name = target.lower()
    if function := run.functions.get(name):
        named, positional = invocation.as_function()
        return call(function, run, named, positional, invocation.whole_input())
    name = run.aliases.get(name, name)
    name = session().aliases.get(name, name)
    if cmdlet := CMDLETS.get(name) or CMDLETS.get(f"get-{name}"):
        return cmdlet(invocation)
    if launchers.shell_name(name):
        return _shell(launchers.shell_name(name), invocation)
    _unknown_command(invocation)
    return UNKNOWN


def _assumed(invocation: Invocation) -> Value:
    """A computed name that cannot be told, given one text that looks like code: Invoke-Expression.

    Nobody hides the name of a harmless command and gives it a script.
    """
    texts = [value for _, value in invocation.arguments if isinstance(value, str)]
    texts += [value for value in invocation.input or [] if isinstance(value, str)]
    if len(texts) == 1 and len(texts[0]) >= _MIN_ASSUMED_SCRIPT and _CODE & set(texts[0]):
        invocation.run.step("invoke")
        return run_script(texts[0], invocation.run)
    _unknown_command(invocation)
    return UNKNOWN


def _shell(name: str, invocation: Invocation) -> Value:
    """powershell and cmd, called from a script: with evaluated arguments, or as the text stands."""
    run = invocation.run
    run.effects += 1
    words = invocation.words()
    if words is None or '\\"' in invocation.text():
        launchers.start(invocation.text(), run)
    elif name == "cmd":
        launchers.start(" ".join(["cmd", *words]), run)
    elif not launchers.launch(words, run) and invocation.input:
        run_script("\n".join(map(to_text, invocation.input)), run)
    return UNKNOWN


def _unknown_command(invocation: Invocation) -> None:
    """Its effect cannot be told; byte arrays that it gets may be code."""
    invocation.run.effects += 1
    for _, value in invocation.arguments:
        for item in value if isinstance(value, list) else [value]:
            invocation.run.lose(item)
        invocation.run.found_bytes(value)
        if isinstance(value, str) and launchers.starts_shell(value):
            launchers.start(value, invocation.run)
