"""Evaluates expressions: literals, variables, operators, casts, brackets, assignments."""

from __future__ import annotations

from ..syntax import nodes
from ..values import (
    UNKNOWN,
    Ambient,
    TypeName,
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
from . import operators
from .binary import binary
from .blocks import outputs
from .casts import cast, type_name
from .dispatch import UNKNOWABLE, evaluate, handles
from .members import assign_member
from .run import MISSING, Run, ScriptBlock
from .variables import find_variable, variable_value

_MIN_SCRIPT = 16  # characters of a literal that may be a script
_MIN_BYTES = 64  # of a number list that may be code


@handles(nodes.Literal)
def _literal(node: nodes.Literal, run: Run) -> Value:
    if isinstance(node.value, str) and len(node.value) >= _MIN_SCRIPT:
        run.source.literals[node.start, node.end] = node.value
    return node.value


@handles(nodes.Numbers)
def _numbers(node: nodes.Numbers, run: Run) -> Value:
    run.budget.produce(8 * len(node.values))
    if len(node.values) >= _MIN_BYTES and max(node.values) < 256:
        run.literal_bytes.add(bytes(node.values))
    return list(node.values)


@handles(nodes.Variable)
def _variable(node: nodes.Variable, run: Run) -> Value:
    return variable_value(node.name, run)


@handles(nodes.Expandable)
def _expandable(node: nodes.Expandable, run: Run) -> Value:
    parts = [part if isinstance(part, str) else evaluate(part, run) for part in node.parts]
    if any(isinstance(part, Ambient) for part in parts):
        return _ambient_text(parts)
    texts = [run.text(known(part)) for part in parts]
    run.budget.produce(sum(map(len, texts)))
    run.step("interpolation")
    return "".join(texts)


def _ambient_text(parts: list[Value]) -> Value:
    """`"$ShellId"` alone is still the machine's text; with anything else it is left alone."""
    if len([part for part in parts if part != ""]) > 1:
        raise UnresolvedError
    return next(part for part in parts if part != "")


@handles(nodes.Array)
def _array(node: nodes.Array, run: Run) -> Value:
    return [evaluate(item, run) for item in node.items]


@handles(nodes.Block)
def _block(node: nodes.Block, run: Run) -> Value:
    block = ScriptBlock(node, run.source)
    run.meet(block)
    return block


@handles(nodes.Hash)
def _hash(node: nodes.Hash, run: Run) -> Value:
    table: dict[str, Value] = {}
    for key, value in node.entries:
        name, content = evaluate(key, run), evaluate(value, run)
        table[to_text(known(name)).lower()] = content
    return table


@handles(nodes.Paren)
def _paren(node: nodes.Paren, run: Run) -> Value:
    return None if node.body is None else evaluate(node.body, run)


@handles(nodes.SubExpression)
def _subexpression(node: nodes.SubExpression, run: Run) -> Value:
    found = outputs(node.statements, run)
    return found if node.is_array else unwrapped(found)


@handles(nodes.TypeLiteral)
def _type(node: nodes.TypeLiteral, run: Run) -> Value:
    return TypeName(type_name(node.name))


@handles(nodes.Cast)
def _cast(node: nodes.Cast, run: Run) -> Value:
    return cast(type_name(node.type), evaluate(node.operand, run), run)


@handles(nodes.Unary)
def _unary(node: nodes.Unary, run: Run) -> Value:
    value = known(evaluate(node.operand, run))
    if node.operator == "-join":
        run.step("join")
        return operators.join(value, "", run.budget)
    if node.operator.endswith("split"):
        run.step("split")
        return operators.split_words(value, run.budget)
    if node.operator == "-not":
        return not to_bool(value)
    if node.operator == "-bnot":
        return ~to_int(value)
    return -to_number(value) if node.operator == "-" else to_number(value)


@handles(nodes.Chain)
def _chain(node: nodes.Chain, run: Run) -> Value:
    """Operators from left to right; texts that are added are joined once, at the end."""
    effects = run.effects
    value, end = evaluate(node.first, run), node.first.end
    beginning, begun = value, node.start
    pieces: list[str] = []
    for operator, operand in node.rest:
        right = evaluate(operand, run)
        if operator == "+" and _is_plain(right) and (pieces or _is_plain(value)):
            pieces.append(to_text(right))
        elif value is not UNKNOWN:
            beginning, pieces = _added(value, pieces, run), []
            value = binary(operator, beginning, right, run)
            if value is UNKNOWN and end != node.first.end:
                begun = end
        end = operand.end
    if value is UNKNOWN and run.effects == effects:
        run.source.note_beginning(node.start, node.end, begun, beginning)
    return _added(value, pieces, run)


def _is_plain(value: Value) -> bool:
    return isinstance(value, str) and not isinstance(value, Ambient)


def _added(value: Value, pieces: list[str], run: Run) -> Value:
    if not pieces:
        return value
    run.budget.produce(sum(map(len, pieces)))
    run.step("concatenation")
    return to_text(value) + "".join(pieces)


@handles(nodes.Increment)
def _increment(node: nodes.Increment, run: Run) -> Value:
    target = node.target.body if isinstance(node.target, nodes.Paren) else node.target
    if isinstance(target, nodes.Variable):
        before = find_variable(target.name, run)
        before = None if before is MISSING else before
    else:
        before = evaluate(node.target, run)
    after = UNKNOWN if before is UNKNOWN else to_number(before) + node.amount
    if target is not None:
        assign(target, after, run)
    return after if node.prefix else before


@handles(nodes.Assignment)
def _assignment(node: nodes.Assignment, run: Run) -> Value:
    value = evaluate(node.value, run)
    if isinstance(node.value, _LISTS) and isinstance(value, list):
        value = unwrapped(value)
    if node.operator:
        value = binary(node.operator, _before(node.target, run), value, run)
    assign(node.target, value, run)
    return value


_LISTS = (nodes.If, nodes.For, nodes.ForEach, nodes.DoLoop, nodes.Switch, nodes.Try)


def _before(target: nodes.Node, run: Run) -> Value:
    """What `+=` adds to: a variable that was never set counts as $null."""
    if isinstance(target, nodes.Cast):
        return _before(target.operand, run)
    if isinstance(target, nodes.Variable):
        value = find_variable(target.name, run)
        return None if value is MISSING else value
    return evaluate(target, run)


def assign(target: nodes.Node, value: Value, run: Run) -> None:
    """Give a variable, an element, a property or several of them a value."""
    if isinstance(target, nodes.Variable):
        run.set(target.name, value, target.is_global)
    elif isinstance(target, nodes.Cast):
        assign(target.operand, _converted(target.type, value, run), run)
    elif isinstance(target, nodes.Array):
        _assign_each(target.items, value, run)
    elif isinstance(target, nodes.Paren) and target.body is not None:
        assign(target.body, value, run)
    elif isinstance(target, nodes.Postfix):
        assign_member(target, value, run)


def _converted(type_: str, value: Value, run: Run) -> Value:
    try:
        return cast(type_name(type_), value, run)
    except UNKNOWABLE:
        return UNKNOWN


def _assign_each(targets: list[nodes.Node], value: Value, run: Run) -> None:
    """`$a, $b = 1, 2`: the last one takes what is left."""
    values: list[Value] = [UNKNOWN] * len(targets) if value is UNKNOWN else list(to_list(value))
    for position, target in enumerate(targets):
        rest = values[position:]
        is_last = position == len(targets) - 1
        assign(target, unwrapped(rest) if is_last else unwrapped(rest[:1]), run)
