"""The syntax tree of a PowerShell script.

`start` and `end` are offsets into the text that was parsed. Operators and calls that follow each
other are kept side by side in one node, so that a long chain is not a deep tree.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Node:
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Literal(Node):
    """A string without interpolation, a number, or a bare word."""

    value: str | int | float


@dataclass(slots=True, eq=False)
class Numbers(Node):
    """A comma-separated list of number literals."""

    values: list[int]


@dataclass(slots=True, eq=False)
class Variable(Node):
    """`$name`: lower case, without `global:` and its like; drives (`env:`) stay in the name."""

    name: str
    is_global: bool = False


@dataclass(slots=True, eq=False)
class Expandable(Node):
    """A double-quoted string or a word with variables and subexpressions in it."""

    parts: list[str | Node]


@dataclass(slots=True, eq=False)
class Array(Node):
    """`a, b, c`"""

    items: list[Node]


@dataclass(slots=True, eq=False)
class Unary(Node):
    """`-not x`, `-x`, `-join x`, ...: the operator in lower case, with a plain hyphen."""

    operator: str
    operand: Node


@dataclass(slots=True, eq=False)
class Chain(Node):
    """Binary operators of one precedence, from left to right."""

    first: Node
    rest: list[tuple[str, Node]]


@dataclass(slots=True, eq=False)
class Cast(Node):
    """`[type] x`"""

    type: str
    operand: Node


@dataclass(slots=True, eq=False)
class TypeLiteral(Node):
    name: str


@dataclass(slots=True, eq=False)
class Member(Node):
    """`.name`, or `.name(arguments)` where there are arguments; `start` is that of the dot."""

    name: Node
    arguments: list[Node] | None
    static: bool


@dataclass(slots=True, eq=False)
class Index(Node):
    """`[index]`; `start` is that of the bracket."""

    index: Node


@dataclass(slots=True, eq=False)
class Postfix(Node):
    """Members and indexes that follow a value, from left to right."""

    target: Node
    steps: list[Member | Index]


@dataclass(slots=True, eq=False)
class Increment(Node):
    """`++` and `--`, before (`prefix`) or after their target."""

    target: Node
    amount: int
    prefix: bool


@dataclass(slots=True, eq=False)
class Paren(Node):
    body: Node | None


@dataclass(slots=True, eq=False)
class SubExpression(Node):
    """`$( ... )`, or `@( ... )` where it is an array."""

    statements: list[Node]
    is_array: bool


@dataclass(slots=True, eq=False)
class Hash(Node):
    """`@{ name = value; ... }`"""

    entries: list[tuple[Node, Node]]


@dataclass(slots=True, eq=False)
class Block(Node):
    """`{ ... }`, a script block or the body of a statement."""

    parameters: list[tuple[str, Node | None]]
    statements: list[Node]


@dataclass(slots=True, eq=False)
class Assignment(Node):
    """`target = value`; the operator without its `=`."""

    target: Node
    operator: str
    value: Node


@dataclass(slots=True, eq=False)
class Splat(Node):
    """`@name` after a command: the array or hashtable stands for the arguments."""

    name: str


@dataclass(slots=True, eq=False)
class Parameter(Node):
    """`-Name` or `-Name:value` after a command: the name in lower case."""

    name: str
    value: Node | None


@dataclass(slots=True, eq=False)
class Command(Node):
    """A command with its arguments; `invoked` where `&` or `.` comes first."""

    name: Node
    arguments: list[Node]
    invoked: bool


@dataclass(slots=True, eq=False)
class Pipeline(Node):
    elements: list[Node]


@dataclass(slots=True, eq=False)
class If(Node):
    """Clauses of condition and body; the condition of `else` is None."""

    clauses: list[tuple[Node | None, Block]]


@dataclass(slots=True, eq=False)
class Switch(Node):
    """Clauses of pattern and body; the pattern of `default` is None.

    The operator (`-eq`, `-match` or `-like`, perhaps with `c`) says how patterns are compared.
    """

    subject: Node
    clauses: list[tuple[Node | None, Block]]
    operator: str


@dataclass(slots=True, eq=False)
class For(Node):
    """`for`, and `while`, which has only a condition."""

    initial: Node | None
    condition: Node | None
    step: Node | None
    body: Block


@dataclass(slots=True, eq=False)
class DoLoop(Node):
    """`do { } while ()`, or `until ()` where it is negated."""

    body: Block
    condition: Node
    negated: bool


@dataclass(slots=True, eq=False)
class ForEach(Node):
    name: str
    items: Node
    body: Block


@dataclass(slots=True, eq=False)
class Try(Node):
    """The body, then the handlers that may or may not run, then `finally`."""

    body: Block
    handlers: list[Block]
    final: Block | None


@dataclass(slots=True, eq=False)
class Function(Node):
    name: str
    body: Block


@dataclass(slots=True, eq=False)
class Process(Node):
    """`process { ... }`, and the body of a filter: runs for each input."""

    body: Block


@dataclass(slots=True, eq=False)
class Flow(Node):
    """`return`, `break`, `continue`, `throw` and `exit`."""

    keyword: str
    value: Node | None


@dataclass(slots=True, eq=False)
class Opaque(Node):
    """Text that is not understood."""
