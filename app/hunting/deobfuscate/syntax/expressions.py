"""Expressions: operators by precedence, arrays, casts, prefix operators.

Source of the precedence: about_Operator_Precedence.
"""

from __future__ import annotations

import re

from ..values import Char
from .nodes import (
    Array,
    Cast,
    Chain,
    Increment,
    Literal,
    Node,
    Numbers,
    TypeLiteral,
    Unary,
)
from .operands import OPERAND_STARTS, Operands
from .reader import HYPHENS, UnparsableError

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
# The number after the last comma must be complete, or the list goes on with something else.
_NUMBERS = re.compile(
    r"(?:0x[0-9a-f]{1,8}|\d{1,9})(?:\s*+,\s*+(?:0x[0-9a-f]{1,8}|\d{1,9}))++(?!\s*[\w.,])", re.I
)
_SPACE_OR_COMMA = re.compile(r"[\s,]+")
_CHAR = re.compile(r"\[\s*char\s*\]\s*(?:0x([0-9a-f]{1,4})|(\d{1,5}))(?![\w.\[])", re.I)
_TYPE = re.compile(r"\[\s*([A-Za-z_][\w.+]{0,200}(?:\s?\[[\w.,\s\[\]]{0,200}?\])?)\s?\]")


class Expressions(Operands):
    """Reads expressions."""

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
        if char == "+":
            return self.text[self.position + 1] in "$("
        return char in OPERAND_STARTS
