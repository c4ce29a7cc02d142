"""Statements: pipelines, assignments, keywords; whatever cannot be read is skipped."""

from __future__ import annotations

import re
from abc import abstractmethod

from .commands import Commands
from .nodes import (
    Assignment,
    Block,
    Command,
    Hash,
    Literal,
    Node,
    Opaque,
    Pipeline,
    SubExpression,
)
from .reader import HYPHENS, TooDeepError, UnparsableError

_ASSIGN = re.compile(r"([-+*/%]|\?\?)?=(?!=)")
_KEYWORD = re.compile(r"([A-Za-z]++)(?![\w\-.\\/:`'\"=])")
_STARTS_EXPRESSION = frozenset("$('\"@[{!,\u2018\u2019\u201a\u201b\u201c\u201d\u201e")
# A unary operator before an operand, not a command's name: `-join (`, `+ $(`, `--$i`.
_SIGN = re.compile(
    rf"[{HYPHENS}](?:[ci]?split|join|not|bnot)(?!\w)"
    rf"|(?:[{HYPHENS}]{{1,2}}|\+{{1,2}})\s*[$(\d'\"\[]",
    re.IGNORECASE,
)
_NUMBER_START = re.compile(r"\.?\d[\w.]*(?![\w\-\\:])")
_HASH_KEY = re.compile(r"[\w.-]+")


class Statements(Commands):
    """Reads statement lists. Subclassed by the parser, which knows the keywords."""

    @abstractmethod
    def keyword(self, word: str) -> Node | None:
        """Read the statement that the keyword begins; None if it is an ordinary word."""

    @abstractmethod
    def parameters(self) -> list[tuple[str, Node | None]]:
        """Read `param( ... )` if it comes next: names with their default values."""

    def statements(self, closing: str, found: list[Node]) -> None:
        """Read statements up to `closing` ('' = the end of the text), which is left standing."""
        while True:
            self._skip_separators()
            char = self.text[self.position]
            if self.at_end() or char == closing:
                return
            if char in ")}]" and closing:
                raise UnparsableError
            if char in ")}]":
                self.budget.spend(1)
                self.position += 1  # closes nothing
            else:
                found.append(self._statement_or_opaque(closing))

    def _skip_separators(self) -> None:
        """Skip `;`, line ends, `&&` and `||`; a single ampersand is a call operator."""
        self.skip_lines()
        while self.text[self.position] in ";|" or self.text.startswith("&&", self.position):
            self.budget.spend(1)
            self.position += 2 if self.text[self.position] == "&" else 1
            self.skip_lines()

    def _statement_or_opaque(self, closing: str) -> Node:
        start, depth, commas = self.position, self.depth, self._comma_makes_array
        try:
            return self.statement()
        except UnparsableError as problem:
            self.depth, self._comma_makes_array = depth, commas
            if closing and isinstance(problem, TooDeepError):
                raise
            self.position = start
            self.skip_statement()
            return Opaque(start, self.position)

    def statement(self) -> Node:
        """Read one statement; it must end where a statement may end."""
        if match := _KEYWORD.match(self.text, self.position):
            start = self.position
            self.position = match.end()
            if node := self.keyword(match.group(1).lower()):
                return node
            self.position = start
        node = self.pipeline()
        self.skip_blanks()
        if self.text[self.position] not in ";\r\n)}&|" and not self.at_end():
            raise UnparsableError
        return node

    def pipeline(self) -> Node:
        start = self.position
        first = self._element()
        if not isinstance(first, Command) and (assignment := self._assignment(first)):
            return assignment
        elements = [first]
        while True:
            end = self.position
            self.skip_blanks()
            if self.text[self.position] != "|" or self.text[self.position + 1] == "|":
                self.position = end
                break
            self.position += 1
            self.skip_lines()
            elements.append(self._element())
        return first if len(elements) == 1 else Pipeline(start, end, elements)

    def _assignment(self, target: Node) -> Assignment | None:
        self.skip_blanks()
        if not (match := _ASSIGN.match(self.text, self.position)):
            return None
        self.position = match.end()
        self.skip_lines()
        self.enter()
        value = self.statement()
        self.leave()
        return Assignment(target.start, value.end, target, match.group(1) or "", value)

    def _element(self) -> Node:
        start = self.position
        if not self._expression_follows():
            return self.command()
        node = self.expression()
        if isinstance(node, Literal) and isinstance(node.value, str) and self._argument_follows():
            # `"C:\...\powershell.exe" -enc ...` as a command line says it, without the `&`.
            return Command(start, self.position, node, self.arguments(), invoked=True)
        return self._without_redirection(node)

    def _expression_follows(self) -> bool:
        char = self.text[self.position]
        if char in _STARTS_EXPRESSION:
            return True
        if char.isdigit() or char == ".":
            return bool(_NUMBER_START.match(self.text, self.position))
        return bool(_SIGN.match(self.text, self.position))

    def _argument_follows(self) -> bool:
        end = self.position
        self.skip_blanks()
        char = self.text[self.position]
        follows = self.position > end and (char in HYPHENS or char in "/'\"" or char.isalnum())
        if not follows:
            self.position = end
        return follows

    def _without_redirection(self, node: Node) -> Node:
        self.skip_blanks()
        if self.text[self.position] in "0123456789*>":
            self.arguments()
        return node

    def subexpression(self, is_array: bool) -> SubExpression:
        start = self.position
        self.position += 2
        statements = self._nested(")")
        return SubExpression(start, self.position, statements, is_array)

    def block(self) -> Block:
        start = self.position
        self.position += 1
        self.skip_lines()
        parameters = self.parameters()
        statements = self._nested("}")
        return Block(start, self.position, parameters, statements)

    def _nested(self, closing: str) -> list[Node]:
        self.enter()
        commas, self._comma_makes_array = self._comma_makes_array, True
        statements: list[Node] = []
        self.statements(closing, statements)
        self._comma_makes_array = commas
        self.expect_closing(closing)
        self.leave()
        return statements

    def hash(self) -> Hash:
        start = self.position
        self.position += 2
        self.enter()
        commas, self._comma_makes_array = self._comma_makes_array, True
        entries: list[tuple[Node, Node]] = []
        self._skip_separators()
        while self.text[self.position] != "}" and not self.at_end():
            entries.append(self._entry())
            self._skip_separators()
        self._comma_makes_array = commas
        self.expect_closing("}")
        self.leave()
        return Hash(start, self.position, entries)

    def _entry(self) -> tuple[Node, Node]:
        if match := _HASH_KEY.match(self.text, self.position):
            self.position = match.end()
            key: Node = Literal(match.start(), match.end(), match.group())
        else:
            key = self.postfix(self.primary())
        self.skip_lines()
        if not self.accept("="):
            raise UnparsableError
        self.skip_lines()
        return key, self.statement()
