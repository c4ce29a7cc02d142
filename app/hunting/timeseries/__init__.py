"""Anomalies in series of numbers over time, thousands of series at once.

layout = timeseries.Layout(time="_time", value="count", by=("host",))
model = timeseries.learn(frame, timeseries.Settings(layout))
timeseries.annotate(model, frame)   # one row per input row
timeseries.components(model)        # the learned series with bounds, for pictures
"""

from app.hunting.timeseries.choice import layout
from app.hunting.timeseries.grid import Layout
from app.hunting.timeseries.model import (
    COLUMNS,
    Model,
    Series,
    Settings,
    annotate,
    components,
    detect,
    learn,
    load,
    overview,
    save,
)
from app.hunting.timeseries.seasons import duration
from app.hunting.timeseries.seasons import texts as periods
from app.hunting.timeseries.stl import Parts, decompose

__all__ = [
    "COLUMNS",
    "Layout",
    "Model",
    "Parts",
    "Series",
    "Settings",
    "annotate",
    "components",
    "decompose",
    "detect",
    "duration",
    "layout",
    "learn",
    "load",
    "overview",
    "periods",
    "save",
]
