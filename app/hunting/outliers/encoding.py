"""Fields of a search as columns of numbers that a forest can split.

A number stays what it is, with a column that says where it is missing. A category becomes the
logarithm of its share, so that rare values lie apart, and, among few categories, a column each,
so that unusual combinations of usual values lie apart too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

Matrix = np.ndarray[Any, np.dtype[np.float32]]
Floats = np.ndarray[Any, np.dtype[np.float64]]

_MISSING = ""
_ONE_HOT_MOST = 6
_MOSTLY_NUMBERS = 0.95
_LARGEST = 1e30  # the forest computes in 32 bits; differences must not overflow


@dataclass(frozen=True, slots=True)
class Number:
    """A field of numbers. `fill` stands for a missing one.

    Between `low` and `high` is what the sample of a tree is likely to hold.
    """

    name: str
    fill: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Category:
    """A field of texts: the share of rows that each value had; `low`, `high` of its logarithm.

    `unseen_weight` is how much a value never seen says: 1 less the share of rows whose value was
    there once, which estimates how often a new value comes up (Good and Turing).
    """

    name: str
    shares: Mapping[str, float]
    unseen_weight: float
    low: float
    high: float

    @property
    def one_hot(self) -> list[str]:
        return sorted(self.shares) if len(self.shares) <= _ONE_HOT_MOST else []


Field = Number | Category


def learn_field(column: pd.Series, name: str, categorical: bool, samples: int) -> Field:
    """The encoding of a field, from at least one row, for trees of so many samples."""
    numbers = None if categorical else _as_numbers(column)
    if numbers is not None:
        present = numbers[~np.isnan(numbers)]
        fill = float(np.median(present)) if present.size else 0.0
        return Number(name, fill, *_range(present if present.size else np.zeros(1), samples))
    texts = as_text(column)
    counts = texts.value_counts()
    shares = counts / len(column)
    by_value = {str(value): float(share) for value, share in shares.items()}
    once = int((counts == 1).sum())
    low, high = _range(np.log(texts.map(shares).to_numpy(np.float64)), samples)
    return Category(name, by_value, 1 - once / len(column), low, high)


def encode(df: pd.DataFrame, fields: Sequence[Field]) -> tuple[Matrix, list[int]]:
    """The rows as a matrix, and for each of its columns the place of its field.

    The first column of a field is its number or the logarithm of its share.
    """
    blocks = [_block(df[field.name], field) for field in fields]
    owners = [place for place, block in enumerate(blocks) for _ in block]
    columns = [column for block in blocks for column in block]
    return np.column_stack(columns).astype(np.float32, order="C"), owners


def unseen(df: pd.DataFrame, fields: Sequence[Field]) -> Floats:
    """How much each row's values never seen say, rows x fields, between 0 and 1."""
    result = np.zeros((len(df), len(fields)))
    for place, field in enumerate(fields):
        if isinstance(field, Category):
            known = as_text(df[field.name]).isin(list(field.shares)).to_numpy()
            result[:, place] = np.where(known, 0.0, field.unseen_weight)
    return result


def beyond(rows: Matrix, owners: Sequence[int], fields: Sequence[Field]) -> Floats:
    """How far each row's values lie outside of what a tree has seen, rows x fields.

    It is the chance that a cut, anywhere between the value and the other end of the range, falls
    outside of the range.
    """
    values = rows[:, [owners.index(place) for place in range(len(fields))]].astype(np.float64)
    low = np.array([field.low for field in fields])
    high = np.array([field.high for field in fields])
    outside = np.maximum(low - values, 0) + np.maximum(values - high, 0)
    apart: Floats = outside / np.maximum(outside + high - low, np.finfo(np.float64).tiny)
    return apart


def as_text(column: pd.Series) -> pd.Series:
    """Values as text, missing ones empty.

    A whole number reads the same from a column of floats, which it is in once a cell is empty.
    """
    if pd.api.types.is_float_dtype(column):
        texts = column.map("{:.15g}".format)
    else:
        texts = column.astype(str)
    return texts.where(column.notna(), _MISSING)


def _as_numbers(column: pd.Series) -> Floats | None:
    """The column as numbers, unless too much of it is none."""
    numbers = _numbers(column)
    if (~np.isnan(numbers)).sum() < _MOSTLY_NUMBERS * column.notna().sum():
        return None
    return numbers


def _numbers(column: pd.Series) -> Floats:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    clipped: Floats = np.clip(numbers, -_LARGEST, _LARGEST)
    return clipped


def _range(values: Floats, samples: int) -> tuple[float, float]:
    """Where all but one of so many random values lie, at either end; of few values, all."""
    # 32 bits, as the values that are compared with it
    tail = 0.0 if len(values) <= samples else 1 / samples
    low, high = np.quantile(values.astype(np.float32), [tail, 1 - tail])
    return float(low), float(high)


def _block(column: pd.Series, field: Field) -> list[Floats]:
    if isinstance(field, Number):
        numbers = _numbers(column)
        missing = np.isnan(numbers)
        return [np.where(missing, field.fill, numbers), missing.astype(np.float64)]
    texts = as_text(column)
    rarest = min(field.shares.values())
    shares = texts.map(field.shares).fillna(rarest).to_numpy(np.float64)
    return [np.log(shares), *((texts == value).to_numpy(np.float64) for value in field.one_hot)]
