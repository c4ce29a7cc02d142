# Made from rare_sessions.ipynb by `python -m app.export`.
# Edit the notebook, not this file: the next export replaces it.


# %% mltkc_import
from app import params
from app.hunting import models, sessions
from app.settings import model_data_folder


# %% mltkc_init
def init(df, param):
    with models.advising("rare_sessions"):
        given = params.options(param, models.model("rare_sessions").options)
        if params.flag(given, "update", False):
            name = param["options"].get("model_name") or "default"
            return load(f"rare_sessions_{name}")
        return {"options": sessions.options(given, params.fields(df, param)), "learned": None}


# %% mltkc_fit
def fit(model, df, param):
    with models.advising("rare_sessions"):
        model["learned"] = sessions.learn(df, model["options"], model["learned"])
    return {"sessions": len(model["learned"].likelihoods)}


# %% mltkc_apply
def apply(model, df, param):
    with models.advising("rare_sessions"):
        return sessions.annotate(df, model["options"], model["learned"])


# %% mltkc_save
def save(model, name):
    sessions.save(model_data_folder() / name, model["options"], model["learned"])
    return model


# %% mltkc_load
def load(name):
    options, learned = sessions.load(model_data_folder() / name)
    return {"options": options, "learned": learned}


# %% mltkc_summary
def summary(model=None):
    about = {"purpose": models.model("rare_sessions").purpose}
    if model and model["learned"]:
        commands = len(model["learned"].counts.commands)
        about |= {"sessions": len(model["learned"].likelihoods), "commands": commands}
    return about
