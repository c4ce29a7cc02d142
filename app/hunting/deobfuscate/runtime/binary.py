"""Which operator does what: from an operator's name to its function in operators.py."""

from __future__ import annotations

from ..values import UNKNOWN, TypeName, UnresolvedError, Value, known, to_bool, to_number, to_text
from . import operators
from .casts import cast, type_name
from .dispatch import UNKNOWABLE
from .run import Run

_STEPS = {
    "-f": "format",
    "-replace": "replace",
    "-split": "split",
    "-join": "join",
    "-bxor": "xor",
}
_INSENSITIVE = ("-i", "-c")


def binary(operator: str, left: Value, right: Value, run: Run) -> Value:
    """The result of an operator, UNKNOWN if it cannot be told."""
    try:
        return _binary(operator, left, right, run)
    except UNKNOWABLE:
        return UNKNOWN


def _binary(operator: str, left: Value, right: Value, run: Run) -> Value:
    known(left)
    sensitive = operator.startswith("-c") and operator != "-contains"
    if operator[:2] in _INSENSITIVE and operator not in _UNPREFIXED:
        operator = f"-{operator[2:]}"
    if operator in _STEPS:
        value = _text_operators(operator, left, right, run, not sensitive)
        run.step(_STEPS[operator])
        return value
    if operator in _ARITHMETIC:
        return _arithmetic(operator, left, right, run)
    if operator in ("-band", "-bor", "-shl", "-shr"):
        return operators.bitwise(operator, left, right)
    if operator in ("-and", "-or", "-xor"):
        return _logical(operator, left, right)
    return _test(operator, left, right, run, not sensitive)


_UNPREFIXED = frozenset(("-is", "-isnot", "-in", "-contains"))
_ARITHMETIC = frozenset(("+", "-", "*", "/", "%", ".."))


def _text_operators(operator: str, left: Value, right: Value, run: Run, blind: bool) -> Value:
    if operator == "-f":
        return operators.formatted(left, right, run)
    if operator == "-replace":
        return operators.replace(left, right, run, blind)
    if operator == "-split":
        return operators.split(left, right, run, blind)
    if operator == "-join":
        return operators.join(left, to_text(known(right)), run.budget)
    return operators.bitwise(operator, left, right)


def _arithmetic(operator: str, left: Value, right: Value, run: Run) -> Value:
    if operator == "+":
        return operators.add(left, right, run.budget)
    if operator == "*":
        return operators.multiply(left, right, run.budget)
    if operator == "..":
        return operators.span(left, right, run.budget)
    if operator == "/":
        return operators.divide(left, right)
    if operator == "%":
        return operators.modulo(left, right)
    return to_number(left) - to_number(right)


def _logical(operator: str, left: Value, right: Value) -> Value:
    first, second = to_bool(left), to_bool(right)
    if operator == "-and":
        return first and second
    return first or second if operator == "-or" else first != second


def _test(operator: str, left: Value, right: Value, run: Run, blind: bool) -> Value:
    if operator == "-match":
        return operators.match(left, right, run, blind)
    if operator == "-notmatch":
        return not operators.match(left, right, run, blind)
    if operator == "-as" and isinstance(right, (TypeName, str)):
        name = right.name if isinstance(right, TypeName) else type_name(right)
        return cast(name, left, run)
    if operator in ("-is", "-isnot", "-as"):
        raise UnresolvedError
    return operators.compare(operator, left, right, blind)
