# Made from ti_lookup.ipynb by `python -m app.export`.
# Edit the notebook, not this file: the next export replaces it.


# %% mltkc_import
import pandas as pd

from app import params, storage
from app.enrichment import frames
from app.hunting import models


# %% mltkc_init
def looked_up(df, param, options):
    fields = params.fields(df, param)
    columns = options.get("columns", "")
    if columns not in ("", "providers"):
        raise ValueError(f"columns={columns!r}: use columns=providers, or leave it out")
    return frames.ti_lookup(
        df,
        fields,
        ti=options.get("ti", ""),
        kind=options.get("type", ""),
        by_provider=columns == "providers",
        delim=options.get("delim", "|"),
    )


def init(df, param):
    with models.advising("ti_lookup"):
        options = params.options(param, models.model("ti_lookup").options)
        looked_up(df.head(0), param, options)
    return {"options": options}


# %% mltkc_fit
def fit(model, df, param):
    return {"rows": len(df)}


# %% mltkc_apply
def apply(model, df, param):
    options = model["options"] | params.options(param, models.model("ti_lookup").options)
    result = pd.concat([df[params.fields(df, param)], looked_up(df, param, options)], axis=1)
    if len(result) != len(df):
        raise AssertionError(f"{len(result)} rows for {len(df)}: rows would be misaligned")
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
    return models.model("ti_lookup").purpose
