# Made from process_tree.ipynb by `python -m app.export`.
# Edit the notebook, not this file: the next export replaces it.


# %% mltkc_import
from app import params
from app.hunting import models, processes
from app.settings import model_data_folder


# %% mltkc_init
def init(df, param):
    with models.advising("process_tree"):
        return {"given": params.options(param, models.model("process_tree").options)}


# %% mltkc_fit
def fit(model, df, param):
    with models.advising("process_tree"):
        model["read"] = df, processes.read(df, model["given"])
        model["known"] = processes.learn(df, model["given"], model["read"][1])
    return {"hosts": model["known"].hosts}


# %% mltkc_apply
def apply(model, df, param):
    # Fit has read these events already where it ran on the very same rows.
    of, found = model.pop("read", (None, None))
    with models.advising("process_tree"):
        known, given = model["known"], model["given"]
        return processes.annotate(df, known, given, found if of is df else None)


# %% mltkc_save
def save(model, name):
    processes.save(model_data_folder() / name, model["known"], model["given"])
    return model


# %% mltkc_load
def load(name):
    known, given = processes.load(model_data_folder() / name)
    return {"known": known, "given": given}


# %% mltkc_summary
def summary(model=None):
    about = {"purpose": models.model("process_tree").purpose}
    if model and "known" in model:
        about |= {"hosts": model["known"].hosts, "pairs": len(model["known"].pairs.keys)}
    return about
