"""String literals and variables: quotes, here-strings, escapes, interpolation."""

from __future__ import annotations

import re
from abc import abstractmethod

from ..budget import Budget
from ..literals import quoted
from .nodes import Expandable, Literal, Node, Variable
from .reader import DOUBLE_QUOTES, SINGLE_QUOTES, Reader

_S, _D = SINGLE_QUOTES, DOUBLE_QUOTES
# Possessive quantifiers: an unfinished string costs one pass.
_SINGLE = re.compile(rf"[{_S}]([^{_S}]*+(?:[{_S}][{_S}][^{_S}]*+)*+)(?:[{_S}]|\Z)")
_DOUBLED_SINGLE = re.compile(rf"[{_S}]([{_S}])")
_SIMPLE_DOUBLE = re.compile(rf"[{_D}]([^{_D}`$]*+)[{_D}](?![{_D}])")
_PLAIN = re.compile(rf"[^{_D}`$]++")
_HERE = re.compile(rf"@([{_S}{_D}])[ \t]*\r?\n")
_HERE_ENDS = (re.compile(rf"\r?\n[{_S}]@"), re.compile(rf"\r?\n[{_D}]@"))
_VARIABLE = re.compile(r"\$(?:\{((?:[^}`]|`.)*+)\}|((?:\w+:(?=\w))?\w+)|([$?^]))", re.DOTALL)
_ESCAPE = re.compile(r"`(.)", re.DOTALL)
_SCOPES = ("global:", "script:", "local:", "private:", "variable:", "using:")
_ESCAPES = {  # of Windows PowerShell; version 7 knows `e and `u besides
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_USUAL_ESCAPES = frozenset("0abfnrtv`$\"'#\r\n") | frozenset(_D)


class Strings(Reader):
    """Reads strings. `tidied` holds readable replacements for needlessly escaped text."""

    def __init__(self, text: str, budget: Budget) -> None:
        super().__init__(text, budget)
        self.tidied: list[tuple[int, int, str]] = []
        self.embedded: set[tuple[int, int]] = set()

    @abstractmethod
    def subexpression(self, is_array: bool) -> Node:
        """Read `$( ... )` or `@( ... )`."""

    def string(self) -> Node | None:
        """The string literal that begins here, if one does."""
        char = self.text[self.position]
        if char in _S:
            return self._single()
        if char in _D:
            return self._double()
        if char == "@" and (match := _HERE.match(self.text, self.position)):
            return self._here(match)
        return None

    def _single(self) -> Literal:
        start = self.position
        self._go_behind(_SINGLE.match(self.text, start))
        end = self.position - (self.text[self.position - 1] in _S and self.position > start + 1)
        inner = self.text[start + 1 : end]
        return Literal(start, self.position, _DOUBLED_SINGLE.sub(r"\1", inner))

    def _double(self) -> Node:
        start = self.position
        if match := _SIMPLE_DOUBLE.match(self.text, start):
            self.position = match.end()
            return Literal(start, self.position, match.group(1))
        self.position += 1
        parts: list[str | Node] = []
        odd = False
        while not self.at_end():
            char = self.text[self.position]
            if char in _D:
                self.position += 1
                if self.text[self.position] not in _D:
                    break
                parts.append(char)
                self.position += 1
            else:
                odd |= char == "`" and self.text[self.position + 1] not in _USUAL_ESCAPES
                parts.append(self._part(self.length))
        return self._assembled(start, parts, odd)

    def _here(self, opening: re.Match[str]) -> Node:
        start = self.position
        is_double = opening.group(1) in _D
        closing = _HERE_ENDS[is_double].search(self.text, opening.end() - 1)
        stop = max(closing.start(), opening.end()) if closing else self.length
        parts: list[str | Node] = []
        self.position = opening.end()
        if is_double:
            while self.position < stop:
                parts.append(self._part(stop))
        else:
            parts.append(self.text[self.position : stop])
        self.position = max(self.position, closing.end() if closing else self.length)
        return self._assembled(start, parts, odd=False)

    def _part(self, stop: int) -> str | Node:
        """The next piece of a double-quoted text that goes on to `stop` at most."""
        self.budget.spend(1)
        char = self.text[self.position]
        if char == "`":
            self.position += 2
            escaped = self.text[self.position - 1]
            return _ESCAPES.get(escaped, "" if escaped in "\r\n" else escaped)
        if char == "$" and (node := self._interpolated()):
            self.embedded.add((node.start, node.end))
            return node
        match = _PLAIN.match(self.text, self.position, stop)
        self.position = match.end() if match else self.position + 1
        return match.group() if match else char

    def _interpolated(self) -> Node | None:
        if self.text[self.position + 1] == "(":
            return self.subexpression(is_array=False)
        return self.variable()

    def _assembled(self, start: int, parts: list[str | Node], odd: bool) -> Node:
        self.position = min(self.position, self.length)
        self.budget.spend(len(parts))
        if any(isinstance(part, Node) for part in parts):
            return Expandable(start, self.position, parts)
        text = "".join(part for part in parts if isinstance(part, str))
        if odd:
            self.tidied.append((start, self.position, quoted(text)))
        return Literal(start, self.position, text)

    def variable(self) -> Variable | None:
        """The `$name`, `${any name}` or `$drive:name` that begins here, if one does."""
        start = self.position
        match = _VARIABLE.match(self.text, start)
        if not match or match.end() > self.length:
            return None
        self.position = match.end()
        braced, plain, special = match.groups()
        name = _ESCAPE.sub(r"\1", braced) if braced is not None else plain or special
        name = name.lower()
        scope = ""
        if ":" in name:
            scope = next((scope for scope in _SCOPES if name.startswith(scope)), "")
        is_global = scope in ("global:", "script:")
        return Variable(start, self.position, name[len(scope) :] or name, is_global)
