# Made from powershell_ioc.ipynb by `python -m app.export`.
# Edit the notebook, not this file: the next export replaces it.


# %% mltkc_import
import pandas as pd

from app import params, storage
from app.enrichment import columns
from app.hunting import models, powershell


# %% mltkc_init
def enrichment(options):
    whois = params.flag(options, "whois", True) if "whois" in options else None
    return columns.ioc_columns(options.get("ti", ""), whois, options.get("delim", "|"))


def init(df, param):
    allowed = [parameter.name for parameter in models.model("powershell_ioc").parameters]
    options = params.options(param, allowed)
    params.field(df, param, options)
    params.flag(options, "hidden", True)
    enrichment(options)
    return {"options": options}


# %% mltkc_fit
def fit(model, df, param):
    return {"rows": len(df)}


# %% mltkc_apply
def apply(model, df, param):
    allowed = [parameter.name for parameter in models.model("powershell_ioc").parameters]
    options = model["options"] | params.options(param, allowed)
    result = powershell.annotate(
        df,
        params.field(df, param, options),
        delim=options.get("delim", "|"),
        hidden=params.flag(options, "hidden", True),
        enrich=enrichment(options),
    )
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
    return models.model("powershell_ioc").purpose
