"""Made-up command lines on which a worker rehearses before its first search.

RE2 builds the states of its automata when a text first needs them, which takes longer than all
the rest. The words of the signatures' examples, shuffled, need most of the states that real
scripts need.
"""

import base64
import random
import re
import string
from collections.abc import Iterator

from app import settings
from app.hunting.decode import decode
from app.hunting.signatures import load

_SCRIPTS = 400
_WORDS = 120  # of a script, and the signs between them
_SIGNS = " \t\r\n$.,;:()[]{}'\"-+=/\\|&%@0123456789"
_PARTS = re.compile(r"\w+|\W")


def rehearse() -> None:
    """Decode all of them: about a quarter of a second. Raises SignatureError."""
    for command_line in command_lines():
        decode(command_line)


def command_lines() -> Iterator[str]:
    """The examples of all signatures, and their words shuffled; the same at every call."""
    rules = load(settings.signatures_folder())
    examples = [
        example.script or example.command_line
        for rule in (*rules.families, *rules.techniques)
        for example in rule.examples
    ]
    yield from examples
    yield from map(_encoded, _shuffled(examples))


def _encoded(script: str) -> str:
    return "powershell -enc " + base64.b64encode(script.encode("utf-16-le")).decode()


def _shuffled(examples: list[str]) -> Iterator[str]:
    chosen = random.Random(0)  # noqa: S311 (repeatable, not secret)
    parts = [part for example in examples for part in _PARTS.findall(example)]
    for _ in range(_SCRIPTS):
        kinds = chosen.choices((_name, _sign, None), (2, 1, 2), k=_WORDS)
        yield "".join(kind(chosen) if kind else chosen.choice(parts) for kind in kinds)


def _name(chosen: random.Random) -> str:
    letters = string.ascii_letters + string.digits
    return "".join(chosen.choices(letters, k=chosen.randint(2, 12)))


def _sign(chosen: random.Random) -> str:
    return chosen.choice(_SIGNS)
