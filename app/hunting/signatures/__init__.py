"""What a command is: the family that it comes from and the ATT&CK techniques that it shows.

The knowledge is in families/*.yaml and techniques/*.yaml; docs/signatures.md explains their form
and how users add their own.
"""

import functools
from collections.abc import Sequence

from app import settings
from app.hunting.signatures.loader import load
from app.hunting.signatures.matcher import Classification, Matcher, compile_rules
from app.hunting.signatures.matcher import classify as classify_with
from app.hunting.signatures.rules import SignatureError

__all__ = ["Classification", "SignatureError", "classify", "family", "load", "techniques"]


@functools.cache
def _matcher() -> Matcher:
    return compile_rules(load(settings.signatures_folder()))


def classify(command_line: str, script: str = "", payloads: Sequence[str] = ()) -> Classification:
    """Family and techniques of a command in one pass, by the shipped and the user's signatures.

    `script` is the text of all readable layers, outermost first, joined by newlines; `payloads`
    names its shellcode. Raises SignatureError at the first call if a signature file is wrong.
    """
    return classify_with(_matcher(), command_line, script, payloads)


def family(command_line: str, script: str = "", payloads: Sequence[str] = ()) -> str:
    """The family that a command comes from, '' if it is not known."""
    return classify(command_line, script, payloads).family


def techniques(
    command_line: str, script: str = "", payloads: Sequence[str] = ()
) -> tuple[str, ...]:
    """The sorted ids of the ATT&CK techniques that a command shows."""
    return classify(command_line, script, payloads).techniques
