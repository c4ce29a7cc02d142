# Made from barebone_template.ipynb by `python -m app.export`.
# Edit the notebook, not this file: the next export replaces it.


# %% mltkc_import
import json
import math
import os
from pathlib import Path

import pandas as pd

from app import params, storage


# %% mltkc_stage
def stage(name):
    folder = Path(os.environ.get("SRV_DIR", "/srv")) / "notebooks" / "data"
    param = json.loads((folder / f"{name}.json").read_text("utf-8"))
    return pd.read_csv(folder / f"{name}.csv"), param


# %% mltkc_init
def init(df, param):
    options = params.options(param, ["smoothing"])
    smoothing = float(options.get("smoothing", "1"))
    if not smoothing > 0:
        raise ValueError(f"smoothing={smoothing} makes a value never seen infinitely rare: use 1")
    fields = param.get("feature_variables") or list(df.columns)
    return {"smoothing": smoothing, "fields": fields, "rows": 0, "counts": {}}


# %% mltkc_fit
def as_text(column):
    return column.map(lambda value: f"{value:.15g}" if isinstance(value, float) else str(value))


def fit(model, df, param):
    model["rows"] = len(df)
    for field in model["fields"]:
        model["counts"][field] = as_text(df[field]).value_counts().to_dict()
    return {"message": f"learned the values of {', '.join(model['fields'])} in {len(df)} rows"}


# %% mltkc_apply
def surprise(model, field, column):
    # Information content in bits: 0 for what always is so, more the rarer a value is.
    counts, smoothing = model["counts"][field], model["smoothing"]
    total = model["rows"] + smoothing * (len(counts) + 1)
    bits = as_text(column).map(lambda v: -math.log2((counts.get(v, 0) + smoothing) / total))
    return bits.astype(float)


def apply(model, df, param):
    bits = pd.DataFrame({f: surprise(model, f, df[f]) for f in model["fields"]}, index=df.index)
    result = pd.DataFrame(
        {"rarity": bits.max(axis=1).round(2), "rarest_field": bits.idxmax(axis=1)},
        index=df.index,
    )
    if not result.index.equals(df.index):
        raise AssertionError("the result has other rows than the search: it would be misaligned")
    return result


# %% mltkc_save
def save(model, name):
    storage.save(name, model)
    return model


# %% mltkc_load
def load(name):
    return storage.load(name)


# %% mltkc_summary
def summary(model=None):
    about = {"purpose": "says how rare the values of an event are, in bits"}
    if model is not None:
        about |= {"fields": model["fields"], "rows": model["rows"]}
    return about
