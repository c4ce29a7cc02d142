"""The model `outliers`: what it learns, its answer for each row, its saved state."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import IsolationForest

from app.hunting import state
from app.hunting.outliers import encoding, forest
from app.hunting.outliers.encoding import Category, Field, Floats, Number

_VERSION = 1
_NAMED_MOST = 3
_NAMED_LEAST = 0.15
_DELIMITER = "|"
_BLOCK = 50_000


@dataclass(frozen=True, slots=True)
class Settings:
    """How to grow the forest; the names are scikit-learn's.

    `contamination` is the share of the learned rows that count as outliers.
    """

    contamination: float = 0.01
    n_estimators: int = 200
    max_samples: int = 256
    random_state: int = 42
    categorical: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outliers:
    """A grown forest, the encoding of its fields and the score above which a row is an outlier."""

    settings: Settings
    fields: tuple[Field, ...]
    forest: IsolationForest
    threshold: float
    rows: int


def learn(df: pd.DataFrame, names: Sequence[str], settings: Settings) -> Outliers:
    """Grow a forest on the named fields. Raises ValueError for fewer than two rows."""
    if len(df) < 2:
        raise ValueError(f"the search has {len(df)} rows: outliers need others to differ from")
    fields = tuple(
        encoding.learn_field(df[name], name, name in settings.categorical, settings.max_samples)
        for name in names
    )
    rows, _ = encoding.encode(df, fields)
    grown = forest.grow(rows, settings.n_estimators, settings.max_samples, settings.random_state)
    model = Outliers(settings, fields, grown, threshold=1.0, rows=len(df))
    scores, _ = _scored(model, df)
    threshold = float(np.quantile(scores, 1 - settings.contamination))
    return Outliers(settings, fields, grown, threshold, len(df))


def annotate(model: Outliers, df: pd.DataFrame) -> pd.DataFrame:
    """The columns outlier, score, outlier_fields and outlier_new for each row, in order.

    Raises ValueError if a field is not there that the model was learned on.
    """
    scores, parts = _scored(model, df)
    new = encoding.unseen(df, model.fields) > 0
    names = [field.name for field in model.fields]
    return pd.DataFrame(
        {
            "outlier": (scores > model.threshold).astype(int),
            "score": scores.round(4),
            "outlier_fields": _main_fields(parts, names),
            "outlier_new": [_joined(names, row) for row in new],
        },
        index=df.index,
    )


def contributions(model: Outliers, df: pd.DataFrame) -> pd.DataFrame:
    """What each field does to each row: path lengths by which it isolates (> 0) or hides (< 0)."""
    _, parts = _scored(model, df)
    return pd.DataFrame(parts, index=df.index, columns=[field.name for field in model.fields])


def save(model: Outliers, stem: Path) -> Path:
    """Write the model as `<stem>.zip`."""
    values = {
        "settings": asdict(model.settings),
        "fields": [_field_values(field) for field in model.fields],
        "threshold": model.threshold,
        "rows": model.rows,
    }
    return state.save(stem, "outliers", _VERSION, values, estimators={"forest": model.forest})


def load(stem: Path) -> Outliers:
    """The model that `save` wrote. Raises as `state.load`."""
    loaded = state.load(stem, "outliers", _VERSION)
    values = loaded.values
    settings = values["settings"] | {"categorical": tuple(values["settings"]["categorical"])}
    return Outliers(
        settings=Settings(**settings),
        fields=tuple(_field(entry) for entry in values["fields"]),
        forest=loaded.estimators["forest"],
        threshold=values["threshold"],
        rows=values["rows"],
    )


def _scored(model: Outliers, df: pd.DataFrame) -> tuple[Floats, Floats]:
    """Scores between 0 and 1, and how much each field isolates each row."""
    names = [field.name for field in model.fields]
    if missing := [name for name in names if name not in df.columns]:
        raise ValueError(f"the model was learned on {names}; the search has no {missing[0]!r}")
    blocks = [df.iloc[at : at + _BLOCK] for at in range(0, max(len(df), 1), _BLOCK)]
    scored = [_scored_block(model, block) for block in blocks]
    return (
        np.concatenate([scores for scores, _ in scored]),
        np.concatenate([parts for _, parts in scored]),
    )


def _scored_block(model: Outliers, df: pd.DataFrame) -> tuple[Floats, Floats]:
    if df.empty:
        return np.zeros(0), np.zeros((0, len(model.fields)))
    rows, owners = encoding.encode(df, model.fields)
    lengths, parts, _ = forest.paths(model.forest, rows, owners)
    apart = np.maximum(
        encoding.unseen(df, model.fields), encoding.beyond(rows, owners, model.fields)
    )
    lengths, cut = _cut_short(lengths, apart)
    scores = 2 ** -(lengths / forest.average_path(model.forest.max_samples_))
    return scores, cut - parts


def _cut_short(lengths: Floats, apart: Floats) -> tuple[Floats, Floats]:
    """Path lengths of rows with values that no tree has seen, and the parts cut off, by field.

    A tree grows on a small sample, and no split asks for what is not in it: neither for a new
    category nor for the one huge number among 100,000 rows. Had the row been in the sample, it
    would have been alone as soon as such a field's turn came and the cut fell between it and the
    others: at every level with probability p = sum of `apart` / number of fields. The path then
    is the shorter of its own and a geometric variable: in the mean (1 - (1 - p)^length) / p.
    """
    chance = apart.mean(axis=1)
    rows = chance > 0
    p = chance[rows]
    shorter = lengths.copy()
    shorter[rows] = np.minimum((1 - (1 - p) ** lengths[rows]) / p, lengths[rows])
    cut = np.zeros_like(apart)
    weights = apart[rows] / apart[rows].sum(axis=1, keepdims=True)
    cut[rows] = weights * (lengths - shorter)[rows, None]
    return shorter, cut


def _main_fields(parts: Floats, names: Sequence[str]) -> list[str]:
    """The fields that isolate each row most, the strongest first."""
    isolating = np.maximum(parts, 0)
    total = isolating.sum(axis=1, keepdims=True)
    named = isolating >= np.maximum(_NAMED_LEAST * total, 1e-9)
    order = np.argsort(-isolating, axis=1, kind="stable")[:, :_NAMED_MOST]
    chosen = np.take_along_axis(named, order, axis=1)
    return [
        _DELIMITER.join(names[place] for place, use in zip(places, uses, strict=True) if use)
        for places, uses in zip(order.tolist(), chosen.tolist(), strict=True)
    ]


def _joined(names: Sequence[str], flags: np.ndarray[Any, Any]) -> str:
    return _DELIMITER.join(names[place] for place in np.flatnonzero(flags).tolist())


def _field_values(field: Field) -> dict[str, Any]:
    return {"kind": type(field).__name__, **asdict(field)}


def _field(values: dict[str, Any]) -> Field:
    entry = dict(values)
    return Number(**entry) if entry.pop("kind") == "Number" else Category(**entry)
