"""What the operators do with known values. All raise UnresolvedError where that cannot be told."""

from __future__ import annotations

import operator
from collections.abc import Callable

from ..budget import Budget
from ..values import (
    Ambient,
    Char,
    UnresolvedError,
    Value,
    bounded,
    known,
    to_bool,
    to_int,
    to_list,
    to_number,
    to_text,
)
from . import patterns
from .formatting import format_text
from .run import Run

_MASK = 0xFFFFFFFF


def add(left: Value, right: Value, budget: Budget) -> Value:
    """`+`: the left operand's type decides."""
    if isinstance(left, Ambient) or isinstance(right, Ambient):
        raise UnresolvedError
    if isinstance(left, Char) and not isinstance(right, str):
        return bounded(to_number(left) + to_number(right))
    if isinstance(left, str):
        text = to_text(known(right))
        budget.produce(len(left) + len(text))
        return left + text
    if isinstance(left, (list, bytearray)):
        items = to_list(right)
        budget.produce(8 * (len(left) + len(items)))
        return [*left, *items]
    if isinstance(left, dict) and isinstance(right, dict):
        return {**left, **right}
    if left is None:
        return known(right)
    return bounded(to_number(left) + to_number(right))


def multiply(left: Value, right: Value, budget: Budget) -> Value:
    if isinstance(left, (str, list)) and not isinstance(left, Char):
        count = to_int(right)
        if count < 0:
            raise UnresolvedError
        budget.produce(len(left) * count * (1 if isinstance(left, str) else 8))
        return left * count
    return bounded(to_number(left) * to_number(right))


def divide(left: Value, right: Value) -> Value:
    quotient = to_number(left) / to_number(right)
    return int(quotient) if quotient.is_integer() else quotient


def modulo(left: Value, right: Value) -> Value:
    dividend, divisor = to_number(left), to_number(right)
    result = abs(dividend) % abs(divisor)
    return -result if dividend < 0 else result


def span(left: Value, right: Value, budget: Budget) -> Value:
    """`..`"""
    first, last = to_int(left), to_int(right)
    budget.produce(8 * (abs(last - first) + 1))
    return list(range(first, last + 1) if first <= last else range(first, last - 1, -1))


def bitwise(name: str, left: Value, right: Value) -> Value:
    first, second = to_int(left), to_int(right)
    if name == "-shl":
        return _signed(first << (second & 31))
    if name == "-shr":
        return first >> (second & 31)
    return _BITWISE[name](first, second)


_BITWISE: dict[str, Callable[[int, int], int]] = {
    "-band": operator.and_,
    "-bor": operator.or_,
    "-bxor": operator.xor,
}


def _signed(number: int) -> int:
    number &= _MASK
    return number - (1 << 32) if number >> 31 else number


def join(items: Value, separator: str, budget: Budget) -> str:
    texts = [to_text(known(item)) for item in to_list(items)]
    budget.produce(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def split(left: Value, right: Value, run: Run, ignore_case: bool) -> Value:
    """-split: the right operand is a pattern, or pattern, limit, options."""
    pattern, limit, options = (
        [*to_list(right), 0, ""][:3] if isinstance(right, list) else (right, 0, "")
    )
    simple = "simplematch" in to_text(options).lower()
    delimiter = to_text(known(pattern))
    pieces: list[Value] = []
    for item in to_list(left):
        text = _plain_text(item)
        expression = _escaped(delimiter) if simple else delimiter
        pieces += patterns.split(text, expression, run.budget, ignore_case, to_int(limit))
    return pieces


def _escaped(text: str) -> str:
    return "".join(f"\\{char}" if not char.isalnum() and char.isascii() else char for char in text)


def _plain_text(value: Value) -> str:
    """Text that is not the machine's own."""
    if isinstance(known(value), Ambient):
        raise UnresolvedError
    return to_text(value)


def split_words(value: Value, budget: Budget) -> Value:
    """Unary -split: at white space."""
    words: list[Value] = []
    for item in to_list(value):
        text = _plain_text(item)
        budget.produce(16 * len(text))
        words += text.split()
    return words


def replace(left: Value, right: Value, run: Run, ignore_case: bool) -> Value:
    """-replace: the right operand is a pattern, or pattern and replacement."""
    operands = to_list(right) if isinstance(right, list) else [right]
    pattern, replacement = [*map(to_text, map(known, operands)), ""][:2]
    if isinstance(left, (list, bytearray)):
        return [_replaced(item, pattern, replacement, run, ignore_case) for item in to_list(left)]
    return _replaced(left, pattern, replacement, run, ignore_case)


def _replaced(item: Value, pattern: str, new: str, run: Run, ignore_case: bool) -> Value:
    return patterns.replace(_plain_text(item), pattern, new, run.budget, ignore_case)


def match(left: Value, right: Value, run: Run, ignore_case: bool) -> Value:
    """-match: sets $Matches."""
    pattern = to_text(known(right))
    if isinstance(left, list):
        return [item for item in left if _first(item, pattern, run, ignore_case)]
    found = _first(left, pattern, run, ignore_case)
    if found:
        run.set("matches", {str(index): group for index, group in enumerate(found.groups)})
    return found is not None


def _first(item: Value, pattern: str, run: Run, ignore_case: bool) -> patterns.Match | None:
    return next(patterns.matches(_plain_text(item), pattern, run.budget, ignore_case), None)


def compare(name: str, left: Value, right: Value, ignore_case: bool) -> Value:
    """-eq, -lt, -contains and their like; a list on the left is filtered."""
    known(right)
    if name in ("-contains", "-in"):
        items, wanted = (left, right) if name == "-contains" else (right, left)
        return any(_compared("-eq", item, wanted, ignore_case) for item in to_list(items))
    if name in ("-notcontains", "-notin"):
        return not compare(f"-{name[4:]}", left, right, ignore_case)
    if isinstance(left, list):
        return [item for item in left if _compared(name, item, right, ignore_case)]
    return _compared(name, left, right, ignore_case)


def _compared(name: str, left: Value, right: Value, ignore_case: bool) -> bool:
    if name in ("-like", "-notlike"):
        return patterns.like(_plain_text(left), to_text(right)) == (name == "-like")
    first, second = _comparable(left, right, ignore_case)
    return bool(_COMPARISONS[name](first, second))


_COMPARISONS: dict[str, Callable[..., object]] = {
    "-eq": operator.eq,
    "-ne": operator.ne,
    "-lt": operator.lt,
    "-le": operator.le,
    "-gt": operator.gt,
    "-ge": operator.ge,
}


def _comparable(left: Value, right: Value, ignore_case: bool) -> tuple[object, object]:
    """Both operands as the type of the left one."""
    if isinstance(left, str) or left is None or right is None:
        if left is None or right is None:
            return left is not None, right is not None
        first, second = _plain_text(left), _plain_text(right)
        return (first.lower(), second.lower()) if ignore_case else (first, second)
    if isinstance(left, bool):
        return left, to_bool(right)
    return to_number(left), to_number(right)


def formatted(left: Value, right: Value, run: Run) -> str:
    """`-f`"""
    arguments = to_list(right) if isinstance(right, list) else [right]
    return format_text(_plain_text(left), [known(item) for item in arguments], run.budget)
