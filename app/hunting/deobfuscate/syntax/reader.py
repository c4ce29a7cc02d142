"""Reading a script character by character: position, white space, limits."""

from __future__ import annotations

import re
import string

from ..budget import Budget

NODE_COST = 4  # steps to read an operand or an argument
MAX_DEPTH = 48  # nested brackets; a person's script stays below 15
HYPHENS = "-\u2013\u2014\u2015"
SINGLE_QUOTES = "'\u2018\u2019\u201a\u201b"
DOUBLE_QUOTES = '"\u201c\u201d\u201e'
_END = "\0\0\0"  # stands behind the last character: there is always something to look at

# What is neither a blank nor begins a comment.
_VISIBLE = frozenset(string.ascii_letters + string.digits + "$()[]{}'\".,;:=+-*/%|&!@_?\0>~^\\")
_BLANKS = re.compile(r"(?:[^\S\r\n]|`\r?\n)++")
_LINES = re.compile(r"(?:\s|`\r?\n)++")
_LINE_END = re.compile(r"[\r\n]|\Z")
# What may hide the end of a statement, or is it.
_LANDMARK = re.compile(rf"@?[{SINGLE_QUOTES}{DOUBLE_QUOTES}]|[(){{}}\[\];\r\n]|`.|<#", re.DOTALL)
_REST_OF_STRING = re.compile(rf"(?:[^{DOUBLE_QUOTES}`]|`.)*+[{DOUBLE_QUOTES}]", re.DOTALL)
_ENDS = {
    "'": re.compile(rf"[{SINGLE_QUOTES}]"),
    "@": re.compile(rf"\n[{SINGLE_QUOTES}{DOUBLE_QUOTES}]@"),
    "<": re.compile("#>"),
}


class UnparsableError(Exception):
    """The text at this place is no PowerShell that this parser knows."""


class TooDeepError(UnparsableError):
    """More nested than any statement list inside could repair."""


class Reader:
    """The text of a script and a position in it."""

    def __init__(self, text: str, budget: Budget) -> None:
        self.text = text + _END
        self.length = len(text)
        self.position = 0
        self.depth = 0
        self.budget = budget

    def at_end(self) -> bool:
        return self.position >= self.length

    def skip_blanks(self) -> None:
        """Skip white space and comments up to the end of the line."""
        if self.text[self.position] not in _VISIBLE:
            self._skip(_BLANKS)

    def skip_lines(self) -> None:
        """Skip white space, comments and line ends."""
        if self.text[self.position] not in _VISIBLE:
            self._skip(_LINES)

    def _skip(self, space: re.Pattern[str]) -> None:
        text = self.text
        while True:
            char = text[self.position]
            if char.isspace() or char == "`":
                if not (match := space.match(text, self.position)):
                    return
                self.position = match.end()
            elif char == "#":
                self.budget.spend(1)
                self._go_to(_LINE_END.search(text, self.position))
            elif char == "<" and text[self.position + 1] == "#":
                self.budget.spend(1)
                self._go_behind(_ENDS["<"].search(text, self.position))
            else:
                return

    def _go_to(self, match: re.Match[str] | None) -> None:
        self.position = min(match.start(), self.length) if match else self.length

    def _go_behind(self, match: re.Match[str] | None) -> None:
        self.position = min(match.end(), self.length) if match else self.length

    def accept(self, token: str) -> bool:
        """Take `token` if it comes next."""
        if self.text.startswith(token, self.position):
            self.position += len(token)
            return True
        return False

    def expect_closing(self, token: str) -> None:
        """Take a closing bracket; the end of a cut-off script closes everything."""
        self.skip_lines()
        if not self.accept(token) and not self.at_end():
            raise UnparsableError

    def enter(self) -> None:
        """One level deeper; whatever can contain itself does this."""
        self.depth += 1
        self.budget.spend(1)
        if self.depth > MAX_DEPTH:
            raise TooDeepError

    def leave(self) -> None:
        self.depth -= 1

    def skip_statement(self) -> None:
        """Go to the separator or bracket that ends the statement, whatever it contains."""
        start, nested = self.position, 0
        while match := _LANDMARK.search(self.text, self.position):
            landmark = match.group()
            self.budget.spend(1)
            if nested == 0 and landmark in ";\r\n)}]" and match.start() > start:
                self.position = match.start()
                break
            self._go_behind(match)
            nested = max(0, nested + (landmark in "([{") - (landmark in ")]}"))
            self._skip_hidden(landmark)
        else:
            self.position = self.length
        self.budget.spend((self.position - start) >> 6)

    def _skip_hidden(self, opening: str) -> None:
        """Go behind the string or comment that was just opened."""
        kind = opening[0]
        if kind in SINGLE_QUOTES:
            kind = "'"
        elif kind in DOUBLE_QUOTES:
            kind = '"'
        if kind == '"':
            self._go_behind(_REST_OF_STRING.match(self.text, self.position))
        elif kind in _ENDS:
            self._go_behind(_ENDS[kind].search(self.text, self.position))
