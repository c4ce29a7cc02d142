# Made from ioc_extract.ipynb by `python -m app.export`.
# Edit the notebook, not this file: the next export replaces it.


# %% mltkc_import
import pandas as pd

from app import params, storage
from app.hunting import models
from app.hunting.ioc_extract import ioc_extract


# %% mltkc_init
def init(df, param):
    with models.advising("ioc_extract"):
        options = params.options(param, models.model("ioc_extract").options)
        params.fields(df, param)
    return {"options": options}


# %% mltkc_fit
def fit(model, df, param):
    return {"rows": len(df)}


# %% mltkc_apply
def apply(model, df, param):
    options = model["options"] | params.options(param, models.model("ioc_extract").options)
    fields = params.fields(df, param)
    found = ioc_extract(df, fields, options.get("delim", "|"))
    result = pd.concat([df[fields], found], axis=1)
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
    return models.model("ioc_extract").purpose
