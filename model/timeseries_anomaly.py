# Made from timeseries_anomaly.ipynb by `python -m app.export`.
# Edit the notebook, not this file: the next export replaces it.


# %% mltkc_import
from app import params
from app.hunting import models, timeseries
from app.settings import model_data_folder


# %% mltkc_init
def init(df, param):
    with models.advising("timeseries_anomaly"):
        options = params.options(param, models.model("timeseries_anomaly").options)
        names = params.fields(df, param)
        layout = timeseries.layout(
            df,
            names,
            time=options.get("time", ""),
            value=options.get("value", ""),
            by=params.listed(options, "by", names),
            zone=options.get("tz", ""),
            aggregate=options.get("agg", "mean"),
        )
        settings = timeseries.Settings(
            layout,
            span=timeseries.duration(options["span"]) if "span" in options else None,
            periods=timeseries.periods(options.get("period", "found")),
            threshold=params.number(options, "threshold", 4, 0.1, 1000),
        )
    return {"settings": settings}


# %% mltkc_fit
def fit(model, df, param):
    with models.advising("timeseries_anomaly"):
        model["learned"] = timeseries.learn(df, model["settings"])
    return {"rows": len(df), "series": len(model["learned"].series)}


# %% mltkc_apply
def apply(model, df, param):
    with models.advising("timeseries_anomaly"):
        return timeseries.annotate(model["learned"], df)


# %% mltkc_save
def save(model, name):
    timeseries.save(model["learned"], model_data_folder() / name)
    return model


# %% mltkc_load
def load(name):
    return {"learned": timeseries.load(model_data_folder() / name)}


# %% mltkc_summary
def summary(model=None):
    about = {"purpose": models.model("timeseries_anomaly").purpose}
    if model and "learned" in model:
        about |= timeseries.overview(model["learned"])
    return about
