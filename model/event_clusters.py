# Made from event_clusters.ipynb by `python -m app.export`.
# Edit the notebook, not this file: the next export replaces it.


# %% mltkc_import
from app import params
from app.hunting import clusters, models
from app.settings import model_data_folder


# %% mltkc_init
def init(df, param):
    with models.advising("event_clusters"):
        given = params.options(param, models.model("event_clusters").options)
        return {"options": clusters.options(given, params.fields(df, param))}


# %% mltkc_fit
def fit(model, df, param):
    with models.advising("event_clusters"):
        model["read"] = df, clusters.read(df, model["options"])
        model["learned"] = clusters.learn(df, model["options"], model["read"][1])
    return {"points": len(model["learned"].points), "clusters": len(model["learned"].sizes)}


# %% mltkc_apply
def apply(model, df, param):
    # Fit has read these events already where it ran on the very same rows.
    of, told = model.pop("read", (None, None))
    with models.advising("event_clusters"):
        options, learned = model["options"], model["learned"]
        return clusters.annotate(df, options, learned, told if of is df else None)


# %% mltkc_save
def save(model, name):
    clusters.save(model_data_folder() / name, model["options"], model["learned"])
    return model


# %% mltkc_load
def load(name):
    options, learned = clusters.load(model_data_folder() / name)
    return {"options": options, "learned": learned}


# %% mltkc_summary
def summary(model=None):
    about = {"purpose": models.model("event_clusters").purpose}
    if model and "learned" in model:
        learned = model["learned"]
        about |= {"events": int(learned.weights.sum()), "clusters": len(learned.sizes)}
    return about


# %% mltkc_plot
def plot(model, df, result, param):
    from app import pictures  # what draws takes a second to import

    points = clusters.scatter(model["learned"])
    return [pictures.scatter(points, "x", "y", "cluster_id", title="Clusters of events")]
