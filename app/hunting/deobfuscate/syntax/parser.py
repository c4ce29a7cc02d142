"""Keyword statements, and `parse`, which reads a whole script."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..budget import Budget, OutOfBudgetError
from .nodes import (
    Block,
    DoLoop,
    Flow,
    For,
    ForEach,
    Function,
    If,
    Node,
    Process,
    SubExpression,
    Switch,
    Try,
)
from .reader import HYPHENS, UnparsableError
from .statements import Statements

_WORD = re.compile(r"[A-Za-z]+")
_PARAM = re.compile(r"param\s*\(", re.I)
_ATTRIBUTE = re.compile(r"\[[^\[\]()$]{0,200}(?:\([^()]{0,500}\))?(?:\[\])?[^\[\]()$]{0,50}\]")
_FUNCTION_NAME = re.compile(r"[^\s{}()|;\0]+")
_SWITCH_OPTION = re.compile(rf"[{HYPHENS}](\w+)")
_COMPARISONS = {"r": "match", "w": "like"}


class Parser(Statements):
    """The whole language, as far as it is known here."""

    def keyword(self, word: str) -> Node | None:
        reader = _KEYWORDS.get(word)
        if reader is None:
            return None
        start = self.position
        self.enter()
        node = reader(self, start - len(word))
        self.leave()
        return node

    def parameters(self) -> list[tuple[str, Node | None]]:
        before = self.position
        while match := _ATTRIBUTE.match(self.text, self.position):
            self.position = match.end()
            self.skip_lines()
        if match := _PARAM.match(self.text, self.position):
            self.position = match.end() - 1
            return self._parameter_list()
        self.position = before
        return []

    def _parameter_list(self) -> list[tuple[str, Node | None]]:
        self.position += 1
        found: list[tuple[str, Node | None]] = []
        commas, self._comma_makes_array = self._comma_makes_array, False
        while True:
            self.skip_lines()
            while match := _ATTRIBUTE.match(self.text, self.position):
                self.position = match.end()
                self.skip_lines()
            if self.text[self.position] == ")" or self.at_end():
                break
            variable = self.variable()
            if variable is None:
                raise UnparsableError
            self.skip_lines()
            default = None
            if self.accept("="):
                self.skip_lines()
                default = self.expression()
                self.skip_lines()
            found.append((variable.name, default))
            self.accept(",")
        self._comma_makes_array = commas
        self.expect_closing(")")
        return found

    def _body(self) -> Block:
        self.skip_lines()
        if self.text[self.position] != "{":
            raise UnparsableError
        return self.block()

    def _condition(self) -> Node:
        self.skip_lines()
        if self.text[self.position] != "(":
            raise UnparsableError
        return self.paren()

    def _next_word(self, *words: str) -> str:
        """Take one of the keywords if it comes next."""
        before = self.position
        self.skip_lines()
        match = _WORD.match(self.text, self.position)
        if match and match.group().lower() in words:
            self.position = match.end()
            return match.group().lower()
        self.position = before
        return ""

    def if_(self, start: int) -> If:
        clauses: list[tuple[Node | None, Block]] = [(self._condition(), self._body())]
        while word := self._next_word("elseif", "else"):
            condition = self._condition() if word == "elseif" else None
            clauses.append((condition, self._body()))
        return If(start, self.position, clauses)

    def switch(self, start: int) -> Switch:
        comparison = self._comparison()
        subject = self._condition()
        self.skip_lines()
        if not self.accept("{"):
            raise UnparsableError
        clauses: list[tuple[Node | None, Block]] = []
        self._skip_separators()
        while self.text[self.position] != "}" and not self.at_end():
            is_default = self._next_word("default")
            pattern = None if is_default else self._item()
            clauses.append((pattern, self._body()))
            self._skip_separators()
        self.expect_closing("}")
        return Switch(start, self.position, subject, clauses, comparison)

    def _comparison(self) -> str:
        """The options of `switch`, as the operator that compares."""
        name, case = "eq", ""
        self.skip_lines()
        while match := _SWITCH_OPTION.match(self.text, self.position):
            option = match.group(1).lower()
            if "casesensitive".startswith(option):
                case = "c"
            else:
                name = _COMPARISONS.get(option[0], name)
            self.position = match.end()
            self.skip_lines()
        return f"-{case}{name}"

    def while_(self, start: int) -> For:
        condition = self._condition()
        return For(start, self.position, None, condition, None, self._body())

    def do(self, start: int) -> DoLoop:
        body = self._body()
        word = self._next_word("while", "until")
        if not word:
            raise UnparsableError
        return DoLoop(start, self.position, body, self._condition(), word == "until")

    def for_(self, start: int) -> For:
        self.skip_lines()
        if not self.accept("("):
            raise UnparsableError
        parts: list[Node | None] = []
        for end in ";;)":
            self.skip_lines()
            part = None if self.text[self.position] in ";)" else self.pipeline()
            parts.append(part)
            self.skip_lines()
            if not self.accept(end) and not (end == ";" and self.text[self.position] == ")"):
                raise UnparsableError
        initial, condition, step = parts
        return For(start, self.position, initial, condition, step, self._body())

    def foreach(self, start: int) -> ForEach:
        self.skip_lines()
        if not self.accept("("):
            raise UnparsableError
        self.skip_lines()
        variable = self.variable()
        if variable is None or not self._next_word("in"):
            raise UnparsableError
        self.skip_lines()
        items = self.pipeline()
        self.expect_closing(")")
        return ForEach(start, self.position, variable.name, items, self._body())

    def try_(self, start: int) -> Try:
        body = self._body()
        handlers: list[Block] = []
        final = None
        while word := self._next_word("catch", "finally"):
            self.skip_lines()
            while match := _ATTRIBUTE.match(self.text, self.position):
                self.position = match.end()
                self.skip_lines()
                self.accept(",")
                self.skip_lines()
            if word == "catch":
                handlers.append(self._body())
            else:
                final = self._body()
        return Try(start, self.position, body, handlers, final)

    def function(self, start: int) -> Function:
        self.skip_lines()
        match = _FUNCTION_NAME.match(self.text, self.position)
        if not match:
            raise UnparsableError
        self.position = match.end()
        name = match.group().lower().replace("`", "")
        self.skip_lines()
        parameters = self._parameter_list() if self.text[self.position] == "(" else []
        body = self._body()
        body.parameters = body.parameters or parameters
        return Function(start, self.position, name, body)

    def filter(self, start: int) -> Function:
        node = self.function(start)
        body = Block(node.body.start, node.body.end, [], node.body.statements)
        node.body.statements = [Process(body.start, body.end, body)]
        return node

    def flow(self, start: int) -> Flow:
        keyword = self.text[start : self.position].lower()
        self.skip_blanks()
        ends = self.at_end() or self.text[self.position] in ";\r\n})|&"
        value = None if ends else self.pipeline()
        return Flow(start, self.position, keyword, value)

    def process(self, start: int) -> Process | None:
        self.skip_lines()
        return Process(start, self.position, self.block()) if self._block_follows() else None

    def _block_follows(self) -> bool:
        return self.text[self.position] == "{"

    def labelled_block(self, start: int) -> Node | None:
        """`begin` and `end` of a script block: run in the order they stand in."""
        self.skip_lines()
        if not self._block_follows():
            return None
        return SubExpression(start, self.position, self.block().statements, is_array=False)


_KEYWORDS: dict[str, Callable[[Parser, int], Node | None]] = {
    "if": Parser.if_,
    "switch": Parser.switch,
    "while": Parser.while_,
    "do": Parser.do,
    "for": Parser.for_,
    "foreach": Parser.foreach,
    "try": Parser.try_,
    "function": Parser.function,
    "filter": Parser.filter,
    "process": Parser.process,
    **dict.fromkeys(("return", "break", "continue", "throw", "exit"), Parser.flow),
    **dict.fromkeys(("begin", "end"), Parser.labelled_block),
}


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was read of a script.

    `body`: its parameters and statements; `tidied`: (start, end, text) of words that are only
    escaped oddly; `embedded`: the spans that stand inside double-quoted strings; `complete`:
    whether the budget sufficed.
    """

    body: Block
    tidied: list[tuple[int, int, str]]
    embedded: set[tuple[int, int]]
    complete: bool


def parse(text: str, budget: Budget) -> Parsed:
    """Read a script. Never fails: what is not understood becomes an Opaque statement."""
    parser = Parser(text, budget)
    body = Block(0, len(text), [], [])
    complete = True
    try:
        parser.skip_lines()
        body.parameters = parser.parameters()
        parser.statements("", body.statements)
    except UnparsableError:
        pass  # a `param( ... )` at the top that is not one
    except OutOfBudgetError:
        complete = False
    return Parsed(body, parser.tidied, parser.embedded, complete)
