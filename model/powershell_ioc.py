# Made from powershell_ioc.ipynb by `python -m app.export`.
# Edit the notebook, not this file: the next export replaces it.


# %% mltkc_import
import pandas as pd

from app import params
from app.enrichment import columns
from app.hunting import baseline, models, powershell
from app.settings import model_data_folder


# %% mltkc_init
def enrichment(options):
    whois = params.flag(options, "whois", True) if "whois" in options else None
    return columns.ioc_columns(options.get("ti", ""), whois, options.get("delim", "|"))


def init(df, param):
    with models.advising("powershell_ioc"):
        options = params.options(param, models.model("powershell_ioc").options)
        params.field(df, param, options)
        params.flag(options, "hidden", True)
        enrichment(options)
        update = params.flag(options, "update", False)
    known = None
    if update:
        name = param["options"].get("model_name") or "default"
        known = load(f"powershell_ioc_{name}")["known"]
    return {"options": options, "known": known}


# %% mltkc_fit
def annotate(df, param, options):
    return powershell.annotate(
        df,
        params.field(df, param, options),
        delim=options.get("delim", "|"),
        hidden=params.flag(options, "hidden", True),
        enrich=enrichment(options),
    )


def fit(model, df, param):
    options = model["options"]
    result = annotate(df, param, options)
    field, delim = params.field(df, param, options), options.get("delim", "|")
    model["known"] = baseline.learn(baseline.sightings(df, result, field, delim), model["known"])
    model["fitted"] = df, result  # apply follows with the same rows
    return {"rows": len(df), "known": len(model["known"].keys)}


# %% mltkc_apply
def apply(model, df, param):
    options = model["options"] | params.options(param, models.model("powershell_ioc").options)
    fitted, result = model.pop("fitted", (None, None))
    if fitted is not df:
        result = annotate(df, param, options)
    if len(result) != len(df):
        raise AssertionError(f"{len(result)} rows for {len(df)}: rows would be misaligned")
    field, delim = params.field(df, param, options), options.get("delim", "|")
    return powershell.with_baseline(result, df, field, model["known"], delim)


# %% mltkc_save
def save(model, name):
    baseline.save(model_data_folder() / name, model["known"], model["options"])
    return model


# %% mltkc_load
def load(name):
    known, options = baseline.load(model_data_folder() / name)
    return {"options": options, "known": known}


# %% mltkc_summary
def summary(model=None):
    about = {"purpose": models.model("powershell_ioc").purpose}
    if model and model["known"]:
        about["known"] = len(model["known"].keys)
    return about
