"""Pictures of what a model found: an interactive page and a PNG, complete in themselves.

Each kind of picture turns a DataFrame into a Scene; `pictures.save` writes scenes into the
graphics folder. Nothing is fetched when a page is opened, and whatever the data say is text.
"""

from app.pictures.graph import graph
from app.pictures.matrix import matrix
from app.pictures.of_models import of_result
from app.pictures.saving import Saved, save
from app.pictures.scatter import scatter
from app.pictures.scene import Scene
from app.pictures.series import series
from app.pictures.timeline import timeline
from app.pictures.tree import tree
from app.pictures.worldmap import worldmap

__all__ = [
    "Saved",
    "Scene",
    "graph",
    "matrix",
    "of_result",
    "save",
    "scatter",
    "series",
    "timeline",
    "tree",
    "worldmap",
]
