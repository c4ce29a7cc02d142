# Made from beaconing.ipynb by `python -m app.export`.
# Edit the notebook, not this file: the next export replaces it.


# %% mltkc_import
from dataclasses import asdict

from app import params
from app.hunting import beaconing, models, state
from app.settings import model_data_folder


# %% mltkc_init
def init(df, param):
    with models.advising("beaconing"):
        options = params.options(param, models.model("beaconing").options)
        names = [str(name) for name in df.columns]
        by = [] if options.get("by") == "none" else params.listed(options, "by", names)
        fields = beaconing.choose(
            names,
            time=params.listed(options, "time", names),
            source=params.listed(options, "source", names),
            destination=params.listed(options, "dest", names),
            by=by if "by" in options else None,
        )
        least_period = params.number(options, "min_period", 1, 0.001, 86_400)
    return {"fields": fields, "least_period": least_period}


# %% mltkc_fit
def fit(model, df, param):
    return {"rows": len(df)}


# %% mltkc_apply
def apply(model, df, param):
    with models.advising("beaconing"):
        return beaconing.annotate(df, model["fields"], model["least_period"])


# %% mltkc_save
def save(model, name):
    values = {"fields": asdict(model["fields"]), "least_period": model["least_period"]}
    state.save(model_data_folder() / name, "beaconing", 1, values)
    return model


# %% mltkc_load
def load(name):
    values = state.load(model_data_folder() / name, "beaconing", 1).values
    return values | {"fields": beaconing.Fields(**values["fields"])}


# %% mltkc_summary
def summary(model=None):
    about = {"purpose": models.model("beaconing").purpose}
    return about | {"fields": asdict(model["fields"])} if model else about
