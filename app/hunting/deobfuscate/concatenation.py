"""The fast way for scripts that only add up strings: `$ser='https://...';$t='/a'; ... $ser+$t`.

One pass of regular expressions where a parser would be a hundred times slower; whoever does more
than that goes the long way (script.py).
"""

from __future__ import annotations

import re

from .literals import quoted

# Linear on any text: quantifiers are possessive, no match begins inside another one's string, and
# what follows a chain is looked at afterwards instead of giving the chain up for it.
_STRING = r"(?:'(?:[^']|'')*+'|\"[^\"$`]*+\"(?!\"))"
_OPERAND = rf"(?:{_STRING}|\$\w++(?![\[.(:]))"
_CHAIN = re.compile(rf"(?<![\w$+\-.)\]'\"]){_OPERAND}(?:\s*+\+\s*+{_OPERAND})++")
_BINDS_TIGHTER = re.compile(r"\s*+[\[.*(%/-]")
_PIECE = re.compile(_OPERAND)
_CONSTANT = re.compile(rf"\$(\w++)\s*+=\s*+({_STRING})\s*+(?=[;\r\n}}]|\Z)")
_CHANGED = re.compile(r"\$(\w++)\s*+(?:[-+*/%]?=(?!=)|\+\+|--|in\b)|\+\+\$(\w++)", re.IGNORECASE)
_ANY_STRING = re.compile(r"'(?:[^']|'')*+(?:'|\Z)|\"(?:[^\"`]|`.)*+(?:\"|`?\Z)", re.DOTALL)
_NAME = re.compile(r"\$(\w++)(?![\w:\[.(])")
_PARENTHESISED = re.compile(rf"(?<=[=(,+\s])\(\s*+({_STRING})\s*+\)(?!\s*+[\[.*(%/-])")
_SPECIAL = frozenset('"$`')
_MAX_LENGTH = 256 << 10
_MAX_ROUNDS = 4


def fold_concatenation(script: str) -> str:
    """The script with sums of string constants, and of variables that hold one, written out.

    The same object if there are none. Only what is certain: a variable that is set twice is none.
    """
    if len(script) > _MAX_LENGTH:
        return script
    constants = _constants(script)
    folded = _ANY_STRING.sub(lambda match: _interpolated(match, constants), script)
    for _ in range(_MAX_ROUNDS):
        before = folded
        folded = _CHAIN.sub(lambda match: _folded(match, constants), folded)
        folded = _PARENTHESISED.sub(r"\1", folded) if folded != before else folded
        if folded == before:
            break
    return script if folded == script else folded


def _constants(script: str) -> dict[str, str]:
    """Variables that are set once, to a plain string."""
    found = {match[1].lower(): _text(match[2]) for match in _CONSTANT.finditer(script)}
    if not found:
        return found
    changes: dict[str, int] = {}
    for groups in _CHANGED.findall(script):
        name = "".join(groups).lower()
        changes[name] = changes.get(name, 0) + 1
    return {name: text for name, text in found.items() if changes.get(name) == 1}


def _text(literal: str) -> str:
    return literal[1:-1].replace("''", "'") if literal[0] == "'" else literal[1:-1]


def _folded(match: re.Match[str], constants: dict[str, str]) -> str:
    """The chain as one literal, as far as its beginning is known."""
    chain = match.group()
    pieces = list(_PIECE.finditer(chain))
    if _BINDS_TIGHTER.match(match.string, match.end()):
        pieces.pop()  # something happens to the last operand before it is added
    texts: list[str] = []
    end = 0
    for piece in pieces:
        operand = piece.group()
        text = constants.get(operand[1:].lower()) if operand[0] == "$" else _text(operand)
        if text is None:
            break
        texts.append(text)
        end = piece.end()
    return quoted("".join(texts)) + chain[end:] if len(texts) > 1 else chain


def _interpolated(match: re.Match[str], constants: dict[str, str]) -> str:
    """A double-quoted string with the variables in it that are known."""
    string = match.group()

    def value(name: re.Match[str]) -> str:
        text = constants.get(name[1].lower())
        return name.group() if text is None or not _is_simple(text) else text

    if string[0] == "'" or "$" not in string or "`" in string:
        return string
    if any(name[1].lower() in constants for name in _CHANGED.finditer(string) if name[1]):
        return string  # a shell's quotes around a script, not a string of the script
    return _NAME.sub(value, string)


def _is_simple(text: str) -> bool:
    return text.isprintable() and not _SPECIAL & set(text)
