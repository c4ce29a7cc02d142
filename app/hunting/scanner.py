"""Which of many patterns a text contains, told in one pass over it.

Hyperscan compiles the patterns into automata whose time is linear in the text, whatever that says,
and that are never cold: nothing is built while a text is read. Compiling takes up to a second, and
so its result is kept in the user's cache folder.
Source: https://intel.github.io/hyperscan/dev-reference/
"""

import contextlib
import hashlib
import os
import platform
import threading
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import hyperscan

from app import files

_SHORT = 1024  # bytes; what stands around encoded arguments and shellcode is often the same
_REMEMBERED = 4096  # short texts
_WORTH_KEEPING = 100_000  # bytes of an automaton that takes long to compile
_FLAGS = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_UTF8


class PatternError(ValueError):
    """Patterns that cannot be searched for; the message says which, and why."""


class Scanner:
    """Finds which of its patterns, given by number, a text contains; case does not matter.

    Patterns are those of RE2, but for the few that Hyperscan has not. Texts are valid UTF-8.
    Raises PatternError.
    """

    def __init__(self, patterns: Mapping[int, str]) -> None:
        self._database = _database(patterns)
        self._lock = threading.Lock()  # a scan has one working space
        self._find_in_short = lru_cache(_REMEMBERED)(self._find)

    def find(self, raw: bytes) -> frozenset[int]:
        """The numbers of the patterns that the text contains."""
        return self._find_in_short(raw) if len(raw) <= _SHORT else self._find(raw)

    def _find(self, raw: bytes) -> frozenset[int]:
        found: list[int] = []
        with self._lock:
            self._database.scan(raw, match_event_handler=_note, context=found)
        return frozenset(found)


def _note(number: int, _start: int, _end: int, _flags: int, found: Any) -> None:
    found.append(number)


def _database(patterns: Mapping[int, str]) -> hyperscan.Database:
    path = _cache() / f"{_digest(patterns)}.hs"
    with contextlib.suppress(OSError, hyperscan.error):  # none there, or another machine's
        database = hyperscan.loadb(path.read_bytes(), hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
        return database
    database = _compiled(patterns)
    if len(data := hyperscan.dumpb(database)) >= _WORTH_KEEPING:
        _keep(data, path)
    return database


def _keep(data: bytes, path: Path) -> None:
    with contextlib.suppress(OSError):  # nowhere to write: the next process compiles again
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with files.replacing(path, mode=0o600) as file:
            file.write(data)


def _compiled(patterns: Mapping[int, str]) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        _compile(database, patterns)
    except hyperscan.error as error:
        raise PatternError(_complaint(patterns) or f"too many patterns: {error}") from error
    return database


def _compile(database: hyperscan.Database, patterns: Mapping[int, str]) -> None:
    database.compile(
        expressions=[pattern.encode() for pattern in patterns.values()],
        ids=list(patterns),
        elements=len(patterns),
        flags=[_FLAGS] * len(patterns),
    )


def _complaint(patterns: Mapping[int, str]) -> str:
    """What is wrong with the first pattern that is wrong; empty if none is by itself."""
    for number, pattern in patterns.items():
        try:
            _compile(hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK), {number: pattern})
        except hyperscan.error as error:
            return f"{pattern!r} cannot be searched for: {error}"
    return ""


def _cache() -> Path:
    """Where programs of this user keep what they can make again (XDG Base Directory)."""
    folder = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(folder) / "dsdl-hunt"


def _digest(patterns: Mapping[int, str]) -> str:
    made = (version("hyperscan"), platform.machine(), _FLAGS, sorted(patterns.items()))
    return hashlib.sha256(repr(made).encode()).hexdigest()[:32]
