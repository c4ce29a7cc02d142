"""Events as points: what the paths, arguments and accounts in them are made of, in numbers.

The numbers contain those of msticpy's event clustering (score of the path, count of delimiters,
session of the system) and tell names apart, which a score alone does not.
"""

import hashlib
import math
from collections.abc import Callable, Sequence

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
_BATCH = 2048  # texts that are counted together
_APART = 3.0  # the side of the cube in which different names lie, in clustering's units
_DIMENSIONS = 4


def paths(texts: Sequence[str]) -> Points:
    """Name and folder apart, the score of the path (sum of its characters) and its depth."""
    return _each(texts, _path)


def _path(text: str) -> list[float]:
    score = sum(text[:_SAMPLE].lower().encode("utf-8", "replace"))
    return [*_place(base(text)), *_place(folder(text)), math.log1p(score), text.count("\\") / 4]


def arguments(texts: Sequence[str]) -> Points:
    """Length, delimiters, digits and entropy of command lines."""
    return np.vstack([_arguments(texts[n : n + _BATCH]) for n in range(0, len(texts), _BATCH)])


def _arguments(texts: Sequence[str]) -> Points:
    shown = [text[:_SAMPLE] for text in texts]
    raw = [text.encode("utf-8", "replace") for text in shown]
    lengths = np.array([len(text) for text in raw])
    bytes_ = [np.frombuffer(text, dtype=np.uint8) for text in raw]
    counts = np.array([np.bincount(one, minlength=256) for one in bytes_])
    several = np.maximum(lengths, 1)
    shares = counts / several[:, None]
    entropy = -(shares * np.log2(np.where(counts, shares, 1))).sum(axis=1)
    delimiters, digits = counts[:, _DELIMITERS].sum(axis=1), counts[:, _DIGITS].sum(axis=1)
    characters = np.array([len(text) for text in shown])
    columns = [np.log1p(characters), np.log1p(delimiters), 2 * digits / several, entropy / 2]
    return np.column_stack(columns).astype(np.float32)


def accounts(texts: Sequence[str]) -> Points:
    """Whether the system acts, which belongs to no person."""
    return _each(texts, lambda text: [_APART / 2 if _SYSTEM.search(text) else 0.0])


def names(texts: Sequence[str]) -> Points:
    """Values each of which is like no other: codes, statuses, types."""
    return _each(texts, lambda text: _place(text.lower()))


READERS: dict[str, Callable[[Sequence[str]], Points]] = {
    "paths": paths,
    "arguments": arguments,
    "accounts": accounts,
    "names": names,
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


def _read(column: pd.Series, reader: Callable[[Sequence[str]], Points]) -> Points:
    codes, unique = pd.factorize(events.texts(column))
    return reader(list(unique) or [""])[codes]


def _each(texts: Sequence[str], reader: Callable[[str], list[float]]) -> Points:
    return np.array([reader(text) for text in texts], dtype=np.float32)


def _place(text: str) -> list[float]:
    """A place that only this text has: four numbers of its hash."""
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
    value = int.from_bytes(digest, "little") if text else 0
    return [_APART * (value >> 16 * n & 0xFFFF) / 0xFFFF for n in range(_DIMENSIONS)]
