"""The script's own regular expressions, on RE2: linear time whatever the pattern says.

.NET syntax that RE2 does not know (look-around, back-references) leaves the value unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import re2

from ..budget import Budget
from ..values import UnresolvedError

_MAX_PATTERN = 2000
_MAX_MATCHES = 200_000
_COMPILATION = 20  # steps
_SYNTAX = re.compile(r"\\u([0-9A-Fa-f]{4})|\(\?<(?![=!])|\\(.)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b"}
_REFERENCE = re.compile(r"\$(?:(\d{1,2})|\{(\w+)\}|([$&]))")
_META = frozenset(".^$*+?()[]{}|\\")
_ESCAPES = {char: f"\\{char}" for char in "\\*+?|{[()^$.# "} | {
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\f": "\\f",
}
_WILDCARD = re.compile(r"\[[^\]]*\]|\*+|.", re.DOTALL)
_CHUNKS = re.compile(r"\(\?<=\\G(?:(\.+)|\.\{(\d{1,4})\})\)\Z")


@dataclass(frozen=True, slots=True)
class Match:
    """A match as its groups, the whole match first."""

    groups: tuple[str, ...]
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.groups[0]


def _translated(match: re.Match[str]) -> str:
    if match.group(1):
        return f"\\x{{{match.group(1)}}}"
    return match.group() if match.group(2) else "(?P<"


@lru_cache(maxsize=256)
def _compiled(pattern: str, ignore_case: bool, single_line: bool) -> re2._Regexp | None:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    options.dot_nl = single_line
    options.max_mem = 4 << 20
    try:
        return re2.compile(_SYNTAX.sub(_translated, pattern), options)
    except re2.error:
        return None


def _regexp(pattern: str, ignore_case: bool, single_line: bool = False) -> re2._Regexp:
    compiled = (
        _compiled(pattern, ignore_case, single_line) if len(pattern) <= _MAX_PATTERN else None
    )
    if compiled is None:
        raise UnresolvedError
    return compiled


def escape(text: str) -> str:
    """[regex]::Escape, which leaves more alone than RE2 asks for."""
    return "".join(_ESCAPES.get(char, char) for char in text)


def unescape(text: str) -> str:
    """[regex]::Unescape"""
    return _ESCAPE.sub(_unescaped, text)


def _unescaped(match: re.Match[str]) -> str:
    digits = match.group(1) or match.group(2)
    if digits:
        return chr(int(digits, 16))
    return _CONTROLS.get(match.group(3), match.group(3))


def is_plain(pattern: str) -> bool:
    """Whether the pattern stands for itself."""
    return _META.isdisjoint(pattern)


def matches(
    text: str, pattern: str, budget: Budget, ignore_case: bool, single_line: bool = False
) -> Iterator[Match]:
    """All matches in `text`, from left to right."""
    regexp = _regexp(pattern, ignore_case, single_line)
    budget.spend(_COMPILATION + (len(text) * regexp.programsize >> 9))
    for count, match in enumerate(regexp.finditer(text)):
        if count >= _MAX_MATCHES:
            raise UnresolvedError
        budget.spend(1)
        groups = (match.group(), *(group or "" for group in match.groups()))
        yield Match(groups, *match.span())


def replace(text: str, pattern: str, replacement: str, budget: Budget, ignore_case: bool) -> str:
    """-replace: `$1`, `${name}`, `$&` and `$$` in the replacement stand for what was matched."""
    if is_plain(pattern) and "$" not in replacement and not ignore_case:
        budget.produce(len(text) + text.count(pattern) * len(replacement))
        return text.replace(pattern, replacement) if pattern else _unresolved()
    names = _regexp(pattern, ignore_case).groupindex if "${" in replacement else {}
    pieces: list[str] = []
    end = size = 0
    for match in matches(text, pattern, budget, ignore_case):
        inserted = _expanded(replacement, match, names)
        size += len(inserted)
        budget.produce(len(inserted))
        pieces += (text[end : match.start], inserted)
        end = match.end
    pieces.append(text[end:])
    budget.produce(len(text) + size)
    return "".join(pieces)


def _unresolved() -> str:
    raise UnresolvedError


def _expanded(replacement: str, match: Match, names: dict[str, int]) -> str:
    if "$" not in replacement:
        return replacement

    def referenced(reference: re.Match[str]) -> str:
        number, name, special = reference.groups()
        if special:
            return "$" if special == "$" else match.text
        index = int(number) if number else names.get(name, int(name) if name.isdecimal() else -1)
        return match.groups[index] if 0 <= index < len(match.groups) else reference.group()

    return _REFERENCE.sub(referenced, replacement)


def split(text: str, pattern: str, budget: Budget, ignore_case: bool, limit: int = 0) -> list[str]:
    """-split: what is between the matches, with the groups of the matches."""
    if chunks := _CHUNKS.match(pattern):
        return _chunks(text, len(chunks.group(1) or "") or int(chunks.group(2)), budget)
    pieces: list[str] = []
    end = 0
    for match in matches(text, pattern, budget, ignore_case):
        if limit > 0 and len(pieces) >= limit - 1:
            break
        pieces += (text[end : match.start], *match.groups[1:])
        end = match.end
    pieces.append(text[end:])
    return pieces


def _chunks(text: str, size: int, budget: Budget) -> list[str]:
    if not size:
        raise UnresolvedError
    budget.produce(len(text) * 8 // size)
    return [text[i : i + size] for i in range(0, len(text), size)]


def like(text: str, pattern: str) -> bool:
    """-like: `*`, `?` and `[abc]` stand for text, whatever the case."""
    translated = "".join(map(_wildcard_piece, _WILDCARD.findall(pattern)))
    return bool(_regexp(f"(?:{translated})", ignore_case=True, single_line=True).fullmatch(text))


def _wildcard_piece(piece: str) -> str:
    if piece[0] == "*":
        return ".*"
    if piece == "?":
        return "."
    if len(piece) > 2:
        return "[" + re.escape(piece[1:-1]).replace(r"\-", "-") + "]"
    return re.escape(piece)
