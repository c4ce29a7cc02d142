"""Methods of [regex]."""

from __future__ import annotations

from collections.abc import Callable

from ..values import UnresolvedError, Value, known, to_list, to_text
from . import patterns
from .blocks import call
from .objects import Pattern
from .run import Run, ScriptBlock


def _replace(run: Run, pattern: Pattern, arguments: list[Value]) -> Value:
    """Replace(text, replacement), where the replacement may be a script block."""
    text, new = to_text(known(arguments[0])), known(arguments[1])
    run.step("replace")
    if isinstance(new, ScriptBlock):
        return _evaluated_matches(run, pattern, text, new)
    return patterns.replace(text, pattern.text, to_text(new), run.budget, pattern.ignore_case)


def _evaluated_matches(run: Run, pattern: Pattern, text: str, block: ScriptBlock) -> str:
    pieces: list[str] = []
    end = 0
    for match in patterns.matches(text, pattern.text, run.budget, pattern.ignore_case):
        new = to_text(known(call(block, run, {}, [match], match)))
        run.budget.produce(len(new))
        pieces += (text[end : match.start], new)
        end = match.end
    return "".join([*pieces, text[end:]])


def _split(run: Run, pattern: Pattern, arguments: list[Value]) -> Value:
    text = to_text(known(arguments[0]))
    run.step("split")
    return list(patterns.split(text, pattern.text, run.budget, pattern.ignore_case))


def _matches(run: Run, pattern: Pattern, arguments: list[Value]) -> Value:
    text = to_text(known(arguments[0]))
    found: list[Value] = list(
        patterns.matches(text, pattern.text, run.budget, pattern.ignore_case, pattern.single_line)
    )
    if pattern.right_to_left:
        found.reverse()
        run.step("reverse")
    return found


def _match(run: Run, pattern: Pattern, arguments: list[Value]) -> Value:
    found = to_list(_matches(run, pattern, arguments))
    if not found:
        raise UnresolvedError
    return found[0]


METHODS: dict[str, Callable[[Run, Pattern, list[Value]], Value]] = {
    "replace": _replace,
    "split": _split,
    "matches": _matches,
    "match": _match,
}
