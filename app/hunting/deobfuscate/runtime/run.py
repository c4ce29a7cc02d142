"""The state of one deobfuscation: variables, what was found, what it cost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..budget import Budget
from ..syntax.assigned import assigned_names
from ..syntax.nodes import Block
from ..syntax.parser import Parsed, parse
from ..values import UNKNOWN, Ambient, Char, UnresolvedError, Value, to_text
from .objects import Builder, SecureString, Stream

MAX_SCRIPTS = 64
MAX_BLOBS = 32
IDLE_ROUNDS = 16  # after which a loop that tells nothing is left
_MAX_KEPT = 256
_MIN_BLOB = 64  # bytes; shorter arrays are keys and characters
_MAX_ADDRESSES = 32
_MAX_SHOWN_ITEMS = 64
_MAX_SHOWN = 16_384  # characters of a value that the readable script spells out
_URL = re.compile(r"\w{2,10}://\S{1,2000}\Z")
_PARTS = (Ambient, Char)
_MUTABLE = (Stream, Builder, SecureString, list, bytearray)
MISSING = object()
CONFLICT = object()  # one piece of code that had several values


@dataclass(slots=True, eq=False)
class Source:
    """A script text, its tree, and what its pieces were found to be.

    By span: `values`, what the expression there always is; `words`, the bare name that a computed
    one stands for; `literals`, texts that may be scripts; `beginnings`, where the part of an
    expression ends that is known. `assigned`: the variables that it sets, once asked for.
    """

    text: str
    parsed: Parsed
    values: dict[tuple[int, int], object] = field(default_factory=dict)
    words: dict[tuple[int, int], object] = field(default_factory=dict)
    literals: dict[tuple[int, int], str] = field(default_factory=dict)
    beginnings: dict[tuple[int, int], int] = field(default_factory=dict)
    assigned: set[str] | None = None

    def note(self, start: int, end: int, value: Value) -> None:
        """Remember the value of an expression, if it can be written down."""
        key = (start, end)
        before = self.values.get(key)
        if before is CONFLICT:
            return
        shown = _shown(value)
        if before is None:
            if shown is not None:
                self.values[key] = shown
        elif before != shown:
            self.values[key] = _either(before, shown)

    def note_beginning(self, start: int, stop: int, end: int, value: Value) -> None:
        """Remember the value of an expression's beginning where the whole is not known.

        `stop` is the end of the whole. `end` is `start` where nothing of it is known.
        """
        before = self.beginnings.setdefault((start, stop), end)
        if before != end:
            self.values[start, before] = CONFLICT
        if before == end != start:
            self.note(start, end, value)

    def note_word(self, start: int, end: int, word: str) -> None:
        if self.words.setdefault((start, end), word) != word:
            self.words[start, end] = CONFLICT


def _either(before: object, shown: object) -> object:
    """What is written of code that had two values: the addresses, which must not get lost."""
    values = [*(before if isinstance(before, tuple) else [before]), shown]
    found = dict.fromkeys(text for text in values if isinstance(text, str) and _URL.match(text))
    return tuple(found)[:_MAX_ADDRESSES] or CONFLICT


def _shown(value: Value) -> object:
    """The value as it can be written down, None if it cannot or should not be."""
    if isinstance(value, str):
        return None if isinstance(value, Ambient) or len(value) > _MAX_SHOWN else value
    if isinstance(value, (int, float)):
        return None if isinstance(value, bool) else value
    if isinstance(value, list) and 1 < len(value) <= _MAX_SHOWN_ITEMS:
        texts = [item for item in value if isinstance(item, str) and not isinstance(item, _PARTS)]
        if len(texts) == len(value) and sum(map(len, texts)) <= _MAX_SHOWN:
            return tuple(texts)
    return None


@dataclass(frozen=True, slots=True, eq=False)
class ScriptBlock:
    """A block of code as a value."""

    node: Block
    source: Source

    @property
    def text(self) -> str:
        if self.node is self.source.parsed.body:
            return self.source.text
        return self.source.text[self.node.start + 1 : self.node.end].removesuffix("}")


class Run:
    """Variables and findings. `effects` counts calls whose outcome is not known."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.scopes: list[dict[str, Value]] = [{}]
        self.functions: dict[str, ScriptBlock] = {}
        self.aliases: dict[str, str] = {}
        self.sources: dict[str, Source] = {}
        self.steps: dict[str, None] = {}
        self.effects = 0
        self.layers = 0
        self.calls = 0
        self.partial = False
        self.interrupted = False
        self.unvisited: dict[int, ScriptBlock] = {}
        self.literal_bytes: set[bytes] = set()
        self._lost: dict[int, Value] = {}
        self._met: set[int] = set()
        self._blobs: list[bytearray] = []
        self.source = Source("", Parsed(Block(0, 0, [], []), [], set(), True))

    def read(self, text: str) -> Source:
        """Parse a script that is going to be evaluated."""
        if source := self.sources.get(text):
            return source
        if len(self.sources) >= MAX_SCRIPTS:
            raise UnresolvedError
        self.budget.produce(len(text))
        source = self.sources[text] = Source(text, parse(text, self.budget))
        self.partial |= not source.parsed.complete
        return source

    def block(self, text: str) -> ScriptBlock:
        """A script block made from text."""
        source = self.read(text)
        block = ScriptBlock(source.parsed.body, source)
        self.meet(block)
        return block

    def meet(self, block: ScriptBlock) -> None:
        """Remember a block that may never be invoked, for its constants are worth showing."""
        if id(block.node) not in self._met:
            self._met.add(id(block.node))
            self.unvisited[id(block.node)] = block

    @contextmanager
    def within(self, source: Source) -> Iterator[None]:
        """Evaluate code of another script."""
        outer, self.source = self.source, source
        try:
            yield
        finally:
            self.source = outer

    def step(self, name: str) -> None:
        """Say what was undone."""
        self.steps.setdefault(name)

    def get(self, name: str) -> Value:
        """A variable's value, MISSING if the script never gave it one."""
        for scope in reversed(self.scopes):
            if name in scope:
                value = scope[name]
                return UNKNOWN if id(value) in self._lost else value
        return MISSING

    def lose(self, value: Value) -> None:
        """Something unknown may change the object: what it contains is not known any more."""
        if isinstance(value, _MUTABLE):
            self._lost[id(value)] = value  # which also keeps the id from being used again

    def will_set(self, name: str) -> bool:
        """Whether the script sets the variable somewhere, so that it is $null until then."""
        if self.source.assigned is None:
            self.source.assigned = assigned_names(self.source.parsed.body)
        return name in self.source.assigned

    def set(self, name: str, value: Value, is_global: bool = False) -> None:
        scope = self.scopes[0 if is_global or ":" in name else -1]
        scope[name] = value
        if isinstance(value, bytearray):
            self.found_bytes(value)

    def text(self, value: Value) -> str:
        """[string]: the elements of an array are joined by $OFS."""
        separator = self.get("ofs")
        if isinstance(value, list) and isinstance(separator, str):
            return separator.join(map(to_text, value))
        return to_text(value)

    def names(self) -> Iterable[str]:
        return {name for scope in self.scopes for name in scope}

    def is_idle(self, names: Iterable[str], found: list[Value]) -> bool:
        """Whether rounds of a loop that set the variables and output `found` tell nothing."""
        if any(self.get(name) is not UNKNOWN for name in names):
            return False
        return all(value is UNKNOWN for value in found)

    def found_bytes(self, value: Value) -> None:
        """Remember a byte array that the code keeps or hands to something unknown."""
        if isinstance(value, list) and len(value) >= _MIN_BLOB:
            value = _as_bytes(value)
        if not isinstance(value, bytearray) or len(value) < _MIN_BLOB:
            return
        if len(self._blobs) < _MAX_KEPT and not any(value is blob for blob in self._blobs):
            self._blobs.append(value)

    def blobs(self) -> tuple[bytes, ...]:
        """The byte arrays as they are in the end, in order, none twice.

        Those that the script spells out are left out, as are empty buffers.
        """
        for value in self.scopes[0].values():
            self.found_bytes(value)
        found = dict.fromkeys(bytes(blob) for blob in self._blobs)
        return tuple(
            blob for blob in found if blob.strip(b"\0") and blob not in self.literal_bytes
        )[-MAX_BLOBS:]

    def forget(self, names: Iterable[str]) -> None:
        """The variables may have changed in ways that are not known."""
        for name in names:
            self.set(name, UNKNOWN)


def _as_bytes(numbers: list[Value]) -> bytearray | None:
    if numbers[:3] == [0, 1, 2]:
        return None  # a range
    try:
        return bytearray(numbers)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
