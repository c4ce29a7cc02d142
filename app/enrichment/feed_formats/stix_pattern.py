"""The values that satisfy a STIX pattern each on its own.

`[a:value = 'x' OR b:value = 'y']` and `[...] OR [...]` give both; of an AND only what identifies
by itself is taken: file hashes, and a value that is merely narrowed (by type, port, protocol, file
name or resolved address). Comparisons that are not for equality, NOT, `[...] AND [...]` and
FOLLOWEDBY give nothing. Source: STIX 2.1, section 9.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

MAX_TOKENS = 20_000
MAX_DEPTH = 50

# Alternatives start with different characters; none can match a text in two ways.
_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^'\\]|\\.)*')"
    r"|(?P<path>[\w-]+:[\w-]+(?:\.(?:[\w-]+|'[^']*'|\"[^\"]*\")|\[(?:\*|\d+)\])*)"
    r"|(?P<word>[A-Za-z]+)|(?P<number>[+-]?\d[\w.:-]*)|(?P<sign>[\[\](),]|[<>!=]{1,2}))"
)
_VALUES = {
    "ipv4-addr:value", "ipv6-addr:value", "domain-name:value", "url:value", "email-addr:value",
    "network-traffic:dst_ref.value", "network-traffic:src_ref.value",
    "email-message:from_ref.value", "email-message:sender_ref.value",
}  # fmt: skip
_HASHES = ("file:hashes.", "artifact:hashes.", "file:content_ref.hashes.")
_INDEX = re.compile(r"\[(?:\*|\d+)\]")
_NARROWING = (
    ".type", ":dst_port", ":src_port", ":protocols", ":resolves_to_refs.value",
    "file:name", "file:size", "file:mime_type", "file:parent_directory_ref.path",
)  # fmt: skip


class PatternError(ValueError):
    """A pattern is not in STIX's language."""


class _Found(NamedTuple):
    """What an expression names: values that identify by themselves; values that do if nothing
    but narrowing stands beside them; and whether it only narrows.
    """

    sure: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()
    narrows: bool = False


def values(pattern: str) -> list[str]:
    """The values of a pattern, in order. Raises PatternError."""
    parser = _Parser(_tokens(pattern))
    found = parser.observations(0)
    parser.end()
    return list(dict.fromkeys(found.sure + found.likely))


def _tokens(pattern: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    place = 0
    text = pattern.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if not match or len(tokens) == MAX_TOKENS:
            raise PatternError(f"not understood from {text[place : place + 40]!r} on")
        tokens.append((str(match.lastgroup), match.group(str(match.lastgroup))))
        place = match.end()
    return tokens


def _either(found: list[_Found]) -> _Found:
    if len(found) == 1:
        return found[0]
    return _Found(
        tuple(value for one in found for value in one.sure),
        tuple(value for one in found for value in one.likely),
        all(one.narrows for one in found),
    )


def _both(found: list[_Found]) -> _Found:
    if len(found) == 1:
        return found[0]
    rest = [one for one in found if not one.narrows]
    likely = rest[0].likely if len(rest) == 1 else ()
    return _Found(tuple(value for one in rest for value in one.sure), likely, not rest)


def _neither(found: list[_Found]) -> _Found:
    return found[0] if len(found) == 1 else _Found()


class _Parser:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._next = 0

    def observations(self, depth: int) -> _Found:
        """`[...]`s, joined; OR binds looser than AND, FOLLOWEDBY loosest."""
        if depth > MAX_DEPTH:
            raise PatternError(f"nested deeper than {MAX_DEPTH}")

        def joined_by_and() -> _Found:
            return self._joined("AND", _neither, lambda: self._observation(depth))

        def joined_by_or() -> _Found:
            return self._joined("OR", _either, joined_by_and)

        return self._joined("FOLLOWEDBY", _neither, joined_by_or)

    def end(self) -> None:
        if self._next < len(self._tokens):
            raise PatternError(f"not understood: {self._peek()[1]!r}")

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", "")

    def _take(self) -> tuple[str, str]:
        token = self._peek()
        self._next += 1
        return token

    def _skip(self, text: str) -> bool:
        kind, found = self._peek()
        if kind != "string" and found.upper() == text:
            self._next += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._skip(text):
            raise PatternError(f"expected {text!r} before {self._peek()[1]!r}")

    def _joined(
        self, word: str, join: Callable[[list[_Found]], _Found], part: Callable[[], _Found]
    ) -> _Found:
        found = [part()]
        while self._skip(word):
            found.append(part())
        return join(found)

    def _observation(self, depth: int) -> _Found:
        if self._skip("("):
            found = self.observations(depth + 1)
            self._expect(")")
        else:
            self._expect("[")
            found = self._comparisons(depth)
            self._expect("]")
        self._qualifiers()
        return found

    def _qualifiers(self) -> None:
        """WITHIN 5 SECONDS, REPEATS 2 TIMES, START t'...' STOP t'...': they narrow only."""
        while self._peek()[1].upper() in ("WITHIN", "REPEATS", "START"):
            length = 5 if self._take()[1].upper() == "START" else 2
            for _ in range(length):
                self._take()

    def _comparisons(self, depth: int) -> _Found:
        if depth > MAX_DEPTH:
            raise PatternError(f"nested deeper than {MAX_DEPTH}")

        def joined_by_and() -> _Found:
            return self._joined("AND", _both, lambda: self._comparison(depth))

        return self._joined("OR", _either, joined_by_and)

    def _comparison(self, depth: int) -> _Found:
        if self._skip("("):
            found = self._comparisons(depth + 1)
            self._expect(")")
            return found
        if self._skip("EXISTS"):
            self._take()
            return _Found()
        kind, path = self._take()
        if kind != "path":
            raise PatternError(f"expected an object path, found {path!r}")
        negated = self._skip("NOT")
        sign = self._take()[1].upper()
        literals = self._literals()
        if negated or sign not in ("=", "==", "IN", "ISSUBSET"):
            return _Found()
        return _named(path, literals)

    def _literals(self) -> tuple[str, ...]:
        if not self._skip("("):
            return (self._literal(),)
        literals = [self._literal()]
        while self._skip(","):
            literals.append(self._literal())
        self._expect(")")
        return tuple(literals)

    def _literal(self) -> str:
        kind, text = self._take()
        if kind == "word" and self._peek()[0] == "string":  # t'...', b'...', h'...'
            kind, text = self._take()
        if kind == "string":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind in ("number", "word"):
            return text
        raise PatternError(f"expected a value, found {text!r}")


def _named(path: str, literals: tuple[str, ...]) -> _Found:
    if path in _VALUES:
        return _Found(likely=literals)
    if path.startswith(_HASHES):
        return _Found(sure=literals)
    return _Found(narrows=_INDEX.sub("", path).endswith(_NARROWING))
