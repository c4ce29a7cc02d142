"""Events as points: what the paths, arguments and accounts in them are made of, in numbers.

The numbers contain those of msticpy's event clustering (score of the path, count of delimiters,
session of the system) and tell names apart, which a score alone does not.
"""

import hashlib
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import re2
from numpy.typing import NDArray

from app.hunting import events
from app.hunting.processes.names import base, folder

Points = NDArray[np.float32]
_DELIMITERS = list(b" \t\n\r-/.,\"'|&:;%$()\\")
_DIGITS = list(b"0123456789")
_SYSTEM = re2.compile(
    r"(?i)(?:^|\\)(?:system|local service|network service|.*\$)$|^s-1-5-(?:18|19|20)$"
)
_SAMPLE = 4096  # characters of a text that are looked at
_APART = 3.0  # the side of the cube in which different names lie, in clustering's units
_DIMENSIONS = 4


def path(text: str) -> list[float]:
    """Name and folder apart, the score of the path (sum of its characters) and its depth."""
    score = sum(text[:_SAMPLE].lower().encode("utf-8", "replace"))
    return [*_place(base(text)), *_place(folder(text)), math.log1p(score), text.count("\\") / 4]


def arguments(text: str) -> list[float]:
    """Length, delimiters, digits and entropy of a command line."""
    text = text[:_SAMPLE]
    raw = np.frombuffer(text.encode("utf-8", "replace"), dtype=np.uint8)
    counts = np.bincount(raw, minlength=256)
    shares = counts[counts > 0] / max(len(raw), 1)
    entropy = -float(shares @ np.log2(shares))
    digits = float(counts[_DIGITS].sum()) / max(len(raw), 1)
    delimiters = float(counts[_DELIMITERS].sum())
    return [math.log1p(len(text)), math.log1p(delimiters), 2 * digits, entropy / 2]


def account(text: str) -> list[float]:
    """Whether the system acts, which belongs to no person."""
    return [_APART / 2 if _SYSTEM.search(text) else 0.0]


def name(text: str) -> list[float]:
    """A value that is like no other: codes, statuses, types."""
    return _place(text.lower())


READERS: dict[str, Callable[[str], list[float]]] = {
    "paths": path,
    "arguments": arguments,
    "accounts": account,
    "names": name,
}


def points(frame: pd.DataFrame, roles: dict[str, tuple[str, ...]]) -> Points:
    """A point for each row; `roles` says which fields are paths, arguments, accounts, names.

    Raises ValueError for a field that is not there.
    """
    columns = [
        _read(events.column(frame, field), READERS[role])
        for role, fields in roles.items()
        for field in fields
    ]
    return np.hstack(columns) if columns else np.zeros((len(frame), 1), np.float32)


def _read(column: pd.Series, reader: Callable[[str], list[float]]) -> Points:
    codes, unique = pd.factorize(events.texts(column))
    table = np.array([reader(text) for text in unique] or [reader("")], dtype=np.float32)
    return table[codes]


def _place(text: str) -> list[float]:
    """A place that only this text has: four numbers of its hash."""
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
    value = int.from_bytes(digest, "little") if text else 0
    return [_APART * (value >> 16 * n & 0xFFFF) / 0xFFFF for n in range(_DIMENSIONS)]
