"""`deobfuscate`: from an obfuscated script to a readable one, without running it."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace

from .budget import Budget, OutOfBudgetError
from .concatenation import fold_concatenation
from .rewrite import rewritten
from .runtime import blocks, launchers
from .runtime.blocks import Flow
from .runtime.run import Run
from .signals import adds, only_adds
from .values import UNKNOWN, UnresolvedError, Value

_SURROGATES = re.compile("[\ud800-\udfff]")
_GIVEN = ("_", "psitem", "args", "input")  # what a caller gives to a block
_MAX_TEXT = 2 << 20  # characters of a script that is parsed


@dataclass(frozen=True, slots=True)
class Deobfuscated:
    """A script made readable.

    `text`: the script with its constants worked out (the same object if nothing changed);
    `steps`: what was undone, in order of first use; `scripts`: the scripts that the code would
    run, readable, outermost first; `blobs`: byte arrays that the code builds; `partial`: the
    budget ran out, there may be more.
    """

    text: str
    steps: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    blobs: tuple[bytes, ...] = ()
    partial: bool = False


def deobfuscate(script: str, deadline: float | None = None) -> Deobfuscated:
    """Work out the constants of a PowerShell script; nothing of it is executed.

    `deadline` is a moment of `time.monotonic()`. Never raises: what is not understood stays as it
    is.
    """
    if len(script) > _MAX_TEXT:
        return Deobfuscated(script, partial=True)
    hosted = launchers.quoted_script(script)
    if hosted is not None and hosted != script:
        return _hosted(script, hosted, deobfuscate(hosted, deadline))
    if only_adds(script):
        folded = fold_concatenation(script)
        if only_adds(folded) and not adds(folded):
            return Deobfuscated(folded, () if folded is script else ("concatenation",))
    run = Run(Budget(deadline))
    try:
        _evaluate(script, run)
    except (OutOfBudgetError, RecursionError):
        run.partial = True
    return _result(script, run)


def _hosted(line: str, script: str, found: Deobfuscated) -> Deobfuscated:
    """What became of the script in a command line, said of the whole line."""
    if found.text == script:
        return replace(found, text=line)
    return replace(found, steps=("nested shell", *found.steps))


def _evaluate(script: str, run: Run) -> None:
    source = run.read(script)
    launchers.start(script, run)
    with suppress(Flow):  # `exit` and `break` end a script
        blocks.run_source(source, run)
    _visit_the_rest(run)


def _visit_the_rest(run: Run) -> None:
    """Blocks and functions that nobody called: for the constants in them."""
    while run.unvisited:
        _, block = run.unvisited.popitem()
        names = [name for name, _ in block.node.parameters]
        unknown: dict[str, Value] = dict.fromkeys((*names, *_GIVEN), UNKNOWN)
        try:
            blocks.invoke(block, run, unknown)
        except (Flow, UnresolvedError):
            continue


def _result(script: str, run: Run) -> Deobfuscated:
    readable: dict[str, str] = {}
    for text, source in reversed(run.sources.items()):  # inner scripts come after outer ones
        readable[text] = _clean(rewritten(source, readable))
    text = readable.pop(script, script)
    inner = reversed(readable.values())
    scripts = tuple(dict.fromkeys(found for found in inner if found != text))
    blobs = run.blobs()
    changed = text != script or scripts or blobs
    return Deobfuscated(
        script if text == script else text,
        tuple(run.steps) if changed else (),
        scripts,
        blobs,
        run.partial,
    )


def _clean(text: str) -> str:
    """Text that can be written as UTF-8: halves of surrogate pairs are joined or replaced."""
    if text.isascii() or not _SURROGATES.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
