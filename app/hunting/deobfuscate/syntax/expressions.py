"""Expressions: operators by precedence, casts, members, indexes, brackets.

Source of the precedence: about_Operator_Precedence.
"""

from __future__ import annotations

import re
from abc import abstractmethod

from ..budget import Budget
from ..values import Char
from .nodes import (
    Array,
    Block,
    Cast,
    Chain,
    Increment,
    Index,
    Literal,
    Member,
    Node,
    Numbers,
    Paren,
    Postfix,
    TypeLiteral,
    Unary,
)
from .reader import HYPHENS, NODE_COST, UnparsableError
from .strings import Strings

_COMPARISONS = (
    "eq ne gt lt ge le like notlike match notmatch contains notcontains in notin replace split join"
)
_PRECEDENCE = {
    **dict.fromkeys(("-and", "-or", "-xor"), 1),
    **dict.fromkeys(("-band", "-bor", "-bxor", "-shl", "-shr"), 2),
    **{f"-{case}{name}": 3 for name in _COMPARISONS.split() for case in ("", "c", "i")},
    **dict.fromkeys(("-as", "-is", "-isnot"), 3),
    **dict.fromkeys("+-", 4),
    **dict.fromkeys("*/%", 5),
    "-f": 6,
    "..": 7,
}
_HIGHEST = 8
_OPERATOR = re.compile(rf"\.\.|[+*/%](?!=)|[{HYPHENS}](?:([A-Za-z]+)(?!\w)|(?![A-Za-z=]))")
_UNARY_WORD = re.compile(rf"[{HYPHENS}](join|[ci]?split|not|bnot)(?!\w)", re.I)
_NUMBER = re.compile(
    r"(?:0x([0-9a-f]+)|(\d+(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+))(?:u?[lsy]|d|n)?([kmgtp]b)?(?!\w)", re.I
)
# The number after the last comma must be complete, or the list goes on with something else.
_NUMBERS = re.compile(
    r"(?:0x[0-9a-f]{1,8}|\d{1,9})(?:\s*+,\s*+(?:0x[0-9a-f]{1,8}|\d{1,9}))++(?!\s*[\w.,])", re.I
)
_SPACE_OR_COMMA = re.compile(r"[\s,]+")
_CHAR = re.compile(r"\[\s*char\s*\]\s*(?:0x([0-9a-f]{1,4})|(\d{1,5}))(?![\w.\[])", re.I)
_TYPE = re.compile(r"\[\s*([A-Za-z_][\w.+]{0,200}(?:\s?\[[\w.,\s\[\]]{0,200}?\])?)\s?\]")
_MEMBER_NAME = re.compile(r"(?:\w|`(?=\w))+")
_OPERAND_STARTS = frozenset("$(@{'\"[\u2018\u2019\u201a\u201b\u201c\u201d\u201e0123456789.")
_MULTIPLES = {"kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40, "pb": 1 << 50}
_MAX_DIGITS = 25


class Expressions(Strings):
    """Reads expressions. Inside an argument list a comma separates arguments."""

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

    def expression(self, minimum: int = 1) -> Node:
        """Read operands and the operators between them that bind at least as tight."""
        left = self._array()
        chain: Chain | None = None
        chained = _HIGHEST
        while True:
            self.skip_blanks()
            operator, end = self._operator()
            precedence = _PRECEDENCE.get(operator, 0)
            if precedence < minimum:
                return left
            self.position = end
            self.skip_lines()
            right = self._right_side(operator, precedence)
            if chain is not None and precedence == chained:
                chain.rest.append((operator, right))
                chain.end = right.end
            else:
                left = chain = Chain(left.start, right.end, left, [(operator, right)])
                chained = precedence

    def _operator(self) -> tuple[str, int]:
        """The canonical name of the operator that comes next ('' if none), and its end."""
        match = _OPERATOR.match(self.text, self.position)
        if not match:
            return "", self.position
        if word := match.group(1):
            return f"-{word.lower()}", match.end()
        operator = match.group()
        return ("-" if operator in HYPHENS else operator), match.end()

    def _right_side(self, operator: str, precedence: int) -> Node:
        if operator in ("-as", "-is", "-isnot") and (
            match := _TYPE.match(self.text, self.position)
        ):
            self.position = match.end()
            return TypeLiteral(match.start(), match.end(), match.group(1))
        return self.expression(precedence + 1)

    def _array(self) -> Node:
        """`a, b, c`: the comma binds tighter than any operator but the unary ones."""
        if not self._comma_makes_array:
            return self.unary()
        if match := _NUMBERS.match(self.text, self.position):
            return self._numbers(match)
        first = self.unary()
        self.skip_blanks()
        if self.text[self.position] != ",":
            return first
        items = [first]
        while self.accept(","):
            self.skip_lines()
            items.append(self.unary())
            self.skip_blanks()
        return Array(first.start, items[-1].end, items)

    def _numbers(self, match: re.Match[str]) -> Numbers:
        self.position = match.end()
        words = _SPACE_OR_COMMA.split(match.group())
        self.budget.spend(len(words) >> 2)
        values = [int(word) if word.isdecimal() else int(word, 16) for word in words]
        return Numbers(match.start(), match.end(), values)

    def unary(self) -> Node:
        """Read an operand with its casts and prefix operators."""
        start, char = self.position, self.text[self.position]
        if char == "[":
            if match := _CHAR.match(self.text, start):
                return self._char(match)
            return self._type_or_cast()
        if char == "," or char == "!" or char == "+" or char in HYPHENS:
            self.enter()
            node = self._prefixed(start, char)
            self.leave()
            return node
        return self.postfix(self.primary())

    def _char(self, match: re.Match[str]) -> Literal:
        self.budget.spend(1)
        self.position = match.end()
        hexadecimal, decimal = match.groups()
        code = int(hexadecimal, 16) if hexadecimal else int(decimal)
        if code > 0xFFFF:
            raise UnparsableError
        return Literal(match.start(), match.end(), Char(chr(code)))

    def _prefixed(self, start: int, char: str) -> Node:
        if char == ",":
            self.position += 1
            self.skip_lines()
            item = self.unary()
            return Array(start, item.end, [item])
        operator, end = "-not", start + 1
        if match := _UNARY_WORD.match(self.text, start):
            operator, end = f"-{match.group(1).lower()}", match.end()
        elif char != "!":
            operator = "-" if char in HYPHENS else "+"
            if self.text[end] == char:
                return self._increment(start, operator)
        self.position = end
        self.skip_lines()
        operand = self.unary()
        return Unary(start, operand.end, operator, operand)

    def _increment(self, start: int, operator: str) -> Node:
        self.position = start + 2
        self.skip_blanks()
        target = self.unary()
        return Increment(start, target.end, target, 1 if operator == "+" else -1, True)

    def _type_or_cast(self) -> Node:
        match = _TYPE.match(self.text, self.position)
        if not match:
            raise UnparsableError
        self.position = match.end()
        literal = TypeLiteral(match.start(), match.end(), match.group(1))
        if self.text[self.position] == "." or self.text.startswith("::", self.position):
            return self.postfix(literal)
        self.skip_lines()
        if self.text.startswith("::", self.position):
            return self.postfix(literal)
        if not self._operand_follows():
            self.position = match.end()
            return literal
        self.enter()
        operand = self.unary()
        self.leave()
        return Cast(match.start(), operand.end, match.group(1), operand)

    def _operand_follows(self) -> bool:
        char = self.text[self.position]
        if char in HYPHENS:
            following = self.text[self.position + 1]
            return following.isdigit() or bool(_UNARY_WORD.match(self.text, self.position))
        return char in _OPERAND_STARTS

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
        arguments = self._arguments() if self.text[self.position] == "(" else None
        return Member(start, self.position, name, arguments, dots == 2)

    def _member_name(self) -> Node | None:
        start, char = self.position, self.text[self.position]
        if match := _MEMBER_NAME.match(self.text, start):
            self.position = match.end()
            name = match.group().replace("`", "")
            if "`" in match.group():
                self.tidied.append((start, self.position, name))
            return Literal(start, self.position, name)
        return self.primary() if char in _OPERAND_STARTS and char not in ".[{" else None

    def _arguments(self) -> list[Node]:
        self.position += 1
        self.enter()
        commas, self._comma_makes_array = self._comma_makes_array, False
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
