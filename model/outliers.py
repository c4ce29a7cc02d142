# Made from outliers.ipynb by `python -m app.export`.
# Edit the notebook, not this file: the next export replaces it.


# %% mltkc_import
from app import params
from app.hunting import models, outliers
from app.settings import model_data_folder


# %% mltkc_init
def init(df, param):
    with models.advising("outliers"):
        options = params.options(param, models.model("outliers").options)
        fields = params.fields(df, param)
        settings = outliers.Settings(
            contamination=params.number(options, "contamination", 0.01, 0, 0.5),
            n_estimators=params.whole(options, "n_estimators", 200, 10, 1000),
            max_samples=params.whole(options, "max_samples", 256, 2, 100_000),
            random_state=params.whole(options, "random_state", 42, 0, 2**32 - 1),
            categorical=tuple(params.listed(options, "categorical", among=fields)),
        )
    return {"fields": fields, "settings": settings}


# %% mltkc_fit
def fit(model, df, param):
    with models.advising("outliers"):
        model["outliers"] = outliers.learn(df, model["fields"], model["settings"])
    return {"rows": len(df), "threshold": model["outliers"].threshold}


# %% mltkc_apply
def apply(model, df, param):
    with models.advising("outliers"):
        return outliers.annotate(model["outliers"], df)


# %% mltkc_save
def save(model, name):
    outliers.save(model["outliers"], model_data_folder() / name)
    return model


# %% mltkc_load
def load(name):
    return {"outliers": outliers.load(model_data_folder() / name)}


# %% mltkc_summary
def summary(model=None):
    about = {"purpose": models.model("outliers").purpose}
    if model and "outliers" in model:
        learned = model["outliers"]
        about["fields"] = [field.name for field in learned.fields]
        about |= {"rows": learned.rows, "threshold": learned.threshold}
    return about
