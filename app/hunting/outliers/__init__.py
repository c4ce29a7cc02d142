"""Rows unlike the others: an isolation forest over fields of numbers and of categories.

model = outliers.learn(frame, ["bytes", "user"], outliers.Settings())
outliers.annotate(model, frame)        # one row per input row
outliers.contributions(model, frame)   # which field isolates which row, for pictures
"""

from app.hunting.outliers.model import (
    Outliers,
    Settings,
    annotate,
    contributions,
    learn,
    load,
    save,
)

__all__ = ["Outliers", "Settings", "annotate", "contributions", "learn", "load", "save"]
