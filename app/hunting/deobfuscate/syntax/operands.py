"""Operands: values, brackets, and the members and indexes that follow them."""

from __future__ import annotations

import re
from abc import abstractmethod

from ..budget import Budget
from .nodes import (
    Block,
    Increment,
    Index,
    Literal,
    Member,
    Node,
    Paren,
    Postfix,
)
from .reader import NODE_COST, UnparsableError
from .strings import Strings

OPERAND_STARTS = frozenset("$(@{'\"[\u2018\u2019\u201a\u201b\u201c\u201d\u201e0123456789.")
_NUMBER = re.compile(
    r"(?:0x([0-9a-f]+)|(\d+(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+))(?:u?[lsy]|d|n)?([kmgtp]b)?(?!\w)", re.I
)
_MEMBER_NAME = re.compile(r"(?:\w|`(?=\w))+")
_MULTIPLES = {"kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40, "pb": 1 << 50}
_MAX_DIGITS = 25


def _takes_one_argument(name: Node) -> bool:
    """Of `[scriptblock]::Create('{1}{0}' -f 'b','a')` only one reading makes sense."""
    return isinstance(name, Literal) and str(name.value).lower() in ("create", "invokescript")


def _is_block_method(name: Node) -> bool:
    """`.ForEach{ ... }` and `.Where{ ... }` need no brackets."""
    return isinstance(name, Literal) and str(name.value).lower() in ("foreach", "where")


class Operands(Strings):
    """Reads operands. Inside an argument list a comma separates arguments."""

    def __init__(self, text: str, budget: Budget) -> None:
        super().__init__(text, budget)
        self._comma_makes_array = True

    @abstractmethod
    def pipeline(self) -> Node:
        """Read commands and expressions joined by `|`, or an assignment."""

    @abstractmethod
    def block(self) -> Block:
        """Read `{ ... }`."""

    @abstractmethod
    def hash(self) -> Node:
        """Read `@{ ... }`."""

    @abstractmethod
    def expression(self, minimum: int = 1) -> Node:
        """Read operands and the operators between them that bind at least as tight."""

    def primary(self) -> Node:
        """Read a value: variable, literal, or something in brackets."""
        self.budget.spend(NODE_COST)
        char, following = self.text[self.position], self.text[self.position + 1 : self.position + 2]
        node: Node | None = None
        if char == "$":
            node = self.subexpression(is_array=False) if following == "(" else self.variable()
        elif char == "(":
            node = self.paren()
        elif char == "@" and following == "(":
            node = self.subexpression(is_array=True)
        elif char == "@" and following == "{":
            node = self.hash()
        elif char == "{":
            node = self.block()
        elif char.isdigit() or char == ".":
            node = self.number()
        else:
            node = self.string()
        if node is None:
            raise UnparsableError
        return node

    def number(self) -> Literal | None:
        match = _NUMBER.match(self.text, self.position)
        if not match or match.end() - match.start() > _MAX_DIGITS:
            return None
        self.position = match.end()
        hexadecimal, decimal, multiple = match.groups()
        value: int | float
        if hexadecimal:
            value = int(hexadecimal, 16)
        else:
            value = int(decimal) if decimal.isdecimal() else float(decimal)
        value *= _MULTIPLES[multiple.lower()] if multiple else 1
        return Literal(match.start(), match.end(), value)

    def paren(self) -> Paren:
        start = self.position
        self.position += 1
        self.enter()
        self.skip_lines()
        commas, self._comma_makes_array = self._comma_makes_array, True
        body = None if self.text[self.position] == ")" else self.pipeline()
        self._comma_makes_array = commas
        self.expect_closing(")")
        self.leave()
        return Paren(start, self.position, body)

    def postfix(self, target: Node) -> Node:
        """Read the members and indexes that follow `target` without a space."""
        steps: list[Member | Index] = []
        text = self.text
        while True:
            char = text[self.position]
            if char == "." and text[self.position + 1] != ".":
                step: Member | Index | None = self._member(1)
            elif char == ":" and text[self.position + 1] == ":":
                step = self._member(2)
            elif char == "[":
                step = self._index()
            else:
                break
            if step is None:
                break
            steps.append(step)
        node = Postfix(target.start, self.position, target, steps) if steps else target
        if text.startswith(("++", "--"), self.position):
            self.position += 2
            amount = 1 if text[self.position - 1] == "+" else -1
            return Increment(node.start, self.position, node, amount, False)
        return node

    def _member(self, dots: int) -> Member | None:
        start = self.position
        self.position += dots
        self.skip_lines()
        name = self._member_name()
        if name is None:
            self.position = start
            return None
        arguments: list[Node] | None = None
        if self.text[self.position] == "(":
            arguments = self._arguments(commas_make_arrays=_takes_one_argument(name))
        elif self.text[self.position] == "{" and _is_block_method(name):
            arguments = [self.block()]
        return Member(start, self.position, name, arguments, dots == 2)

    def _member_name(self) -> Node | None:
        start, char = self.position, self.text[self.position]
        if match := _MEMBER_NAME.match(self.text, start):
            self.position = match.end()
            name = match.group().replace("`", "")
            if "`" in match.group():
                self.tidied.append((start, self.position, name))
            return Literal(start, self.position, name)
        return self.primary() if char in OPERAND_STARTS and char not in ".[{" else None

    def _arguments(self, commas_make_arrays: bool) -> list[Node]:
        self.position += 1
        self.enter()
        commas, self._comma_makes_array = self._comma_makes_array, commas_make_arrays
        arguments: list[Node] = []
        self.skip_lines()
        while self.text[self.position] != ")" and not self.at_end():
            arguments.append(self.expression())
            self.skip_lines()
            if not self.accept(","):
                break
            self.skip_lines()
        self._comma_makes_array = commas
        self.expect_closing(")")
        self.leave()
        return arguments

    def _index(self) -> Index:
        start = self.position
        self.position += 1
        self.enter()
        self.skip_lines()
        commas, self._comma_makes_array = self._comma_makes_array, True
        index = self.expression()
        self._comma_makes_array = commas
        self.expect_closing("]")
        self.leave()
        return Index(start, self.position, index)
