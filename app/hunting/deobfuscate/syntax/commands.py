"""Commands: a name and its arguments, which are words, strings and values, split by blanks."""

from __future__ import annotations

import re

from .expressions import Expressions
from .nodes import Array, Command, Expandable, Literal, Node, Parameter, Postfix, Splat
from .reader import DOUBLE_QUOTES, HYPHENS, NODE_COST, SINGLE_QUOTES, UnparsableError

_PARAMETER = re.compile(rf"[{HYPHENS}]([A-Za-z?_](?:[\w-]|`(?=\w))*+)(:?)")
_WORD_PART = re.compile(rf"[^\s`${SINGLE_QUOTES}{DOUBLE_QUOTES}(){{}};,|&<>\0]++")
_REDIRECTION = re.compile(r"[*\d]?>>?(?:&\d)?")
_INTEGER = re.compile(r"[+-]?\d{1,18}\Z")
_SPLAT = re.compile(r"@([A-Za-z_]\w*+)(?![\w.@])")
_VERBATIM = re.compile(r"[^\r\n|]*+")
_ENDS = frozenset(";|\r\n)}&\0")
_WORD_ENDS = frozenset(";|\r\n)}&\0 \t(){},<>")


class Commands(Expressions):
    """Reads commands."""

    def command(self) -> Command:
        start = self.position
        invoked = self.text[start] in "&." and self._is_invocation()
        if invoked:
            self.position += 1
            self.skip_blanks()
        self.budget.spend(NODE_COST)
        name = self._name(invoked)
        arguments = self.arguments()
        return Command(start, self.position, name, arguments, invoked)

    def _is_invocation(self) -> bool:
        """Whether the dot or ampersand calls what follows (`.\\tool.exe` is a name)."""
        following = self.text[self.position + 1]
        return self.text[self.position] == "&" or following.isspace() or following in "$('\"{`&["

    def _name(self, invoked: bool) -> Node:
        char = self.text[self.position]
        if invoked and char in "$({@":
            return self.postfix(self.primary())
        return self.string() or self._word()

    def arguments(self) -> list[Node]:
        """Read the arguments up to the end of the command."""
        arguments: list[Node] = []
        while True:
            self.skip_blanks()
            char = self.text[self.position]
            if char in _ENDS and (char != "\0" or self.at_end()):
                return arguments
            if match := _REDIRECTION.match(self.text, self.position):
                self._redirection(match)
            else:
                arguments.append(self._argument())

    def _redirection(self, match: re.Match[str]) -> None:
        self.position = match.end()
        if not match.group().endswith(("&1", "&2")):
            self.skip_blanks()
            if self.text[self.position] not in _ENDS:
                self._item()

    def _argument(self) -> Node:
        self.budget.spend(NODE_COST)
        start = self.position
        if match := _PARAMETER.match(self.text, start):
            return self._parameter(match)
        if self.text[start] == ",":
            self.position += 1
            self.skip_lines()
            item = self._item()
            return Array(start, item.end, [item])
        if self.text.startswith("--%", start):
            return self._verbatim()
        return self._items()

    def _parameter(self, match: re.Match[str]) -> Parameter:
        self.position = match.end()
        name = match.group(1).replace("`", "").lower()
        if "`" in match.group(1):
            self.tidied.append((match.start(1), match.end(1), match.group(1).replace("`", "")))
        value = None
        if match.group(2):
            self.skip_blanks()
            if self.text[self.position] not in _ENDS:
                value = self._items()
        return Parameter(match.start(), self.position, name, value)

    def _verbatim(self) -> Literal:
        start = self.position + 3
        match = _VERBATIM.match(self.text, start)
        self._go_behind(match)
        return Literal(start, self.position, self.text[start : self.position].strip())

    def _items(self) -> Node:
        """One argument, or several joined by commas."""
        items = [self._item()]
        while True:
            end = self.position
            self.skip_blanks()
            if not self.accept(","):
                self.position = end
                break
            self.skip_lines()
            items.append(self._item())
        return items[0] if len(items) == 1 else Array(items[0].start, end, items)

    def _item(self) -> Node:
        char, following = self.text[self.position], self.text[self.position + 1 : self.position + 2]
        if char == "$" and following != "(":
            return self._variable_or_word()
        if char in "$({" or (char == "@" and following in ("(", "{")):
            return self.postfix(self.primary())
        if splat := _SPLAT.match(self.text, self.position):
            self.position = splat.end()
            return Splat(splat.start(), splat.end(), splat.group(1).lower())
        if string := self.string():
            return self.postfix(string)
        return self._word()

    def _variable_or_word(self) -> Node:
        """`$x`, `$x.Name[0]`, or a word that begins with a variable (`$x\\file`)."""
        start = self.position
        variable = self.variable()
        if variable is None:
            return self._word()
        node = self.postfix(variable)
        if self.text[self.position] in _WORD_ENDS or self.text[self.position].isspace():
            return node
        if isinstance(node, Postfix):
            return node
        self.position = start
        return self._word()

    def _word(self) -> Node:
        """A bare word: what is quoted in it is joined, variables are expanded."""
        start = self.position
        parts: list[str | Node] = []
        while not self.at_end():
            self.budget.spend(1)
            char = self.text[self.position]
            if match := _WORD_PART.match(self.text, self.position):
                self._go_behind(match)
                parts.append(self.text[match.start() : self.position])
            elif char in "`$":
                parts.append(self._part(self.length))
            elif (string := self.string()) is not None:
                parts += string.parts if isinstance(string, Expandable) else [_text(string)]
            elif char == "\0":
                self.position += 1
            else:
                break
        if self.position == start:
            raise UnparsableError
        return self._as_word(start, parts)

    def _as_word(self, start: int, parts: list[str | Node]) -> Node:
        self.budget.spend(len(parts))
        if any(isinstance(part, Node) for part in parts):
            return Expandable(start, self.position, parts)
        word = "".join(part for part in parts if isinstance(part, str))
        if len(parts) > 1 and word and not word[-1].isspace():
            self.tidied.append((start, self.position, word))
        is_number = len(parts) == 1 and _INTEGER.match(word)
        return Literal(start, self.position, int(word) if is_number else word)


def _text(node: Node) -> str:
    return node.value if isinstance(node, Literal) and isinstance(node.value, str) else ""
