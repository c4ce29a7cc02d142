"""What a picture consists of, whatever draws it.

A layer's `data` has a column for each coordinate (x, y; x0, y0, x1, y1; x, lower, upper; ...); its
other columns are what a reader sees who points at it.
"""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

MAX_MARKS = 20_000  # that a browser draws without delay; more are put together
PLACES = frozenset(
    {"x", "y", "x0", "y0", "x1", "y1", "width", "height", "share", "size", "lower", "upper"}
)
ROLES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "alarm", "quiet")

Role = Literal["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "alarm", "quiet"]


@dataclass(frozen=True)
class Axis:
    """`categories`, from the bottom up, make it one of names; their place is 0, 1, 2, ..."""

    label: str
    kind: Literal["number", "time", "category", "hidden"] = "number"
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Points:
    """data: x, y, and `size` in pixels where they differ."""

    data: pd.DataFrame
    legend: str = ""
    role: Role = "first"
    symbol: Literal["circle", "triangle", "square", "diamond"] = "circle"


@dataclass(frozen=True)
class Line:
    """data: x, y."""

    data: pd.DataFrame
    legend: str = ""
    role: Role = "first"
    dashed: bool = False


@dataclass(frozen=True)
class Band:
    """data: x, lower, upper."""

    data: pd.DataFrame
    legend: str = ""
    role: Role = "quiet"


@dataclass(frozen=True)
class Segments:
    """data: x0, y0, x1, y1."""

    data: pd.DataFrame
    legend: str = ""
    role: Role = "quiet"


@dataclass(frozen=True)
class Cells:
    """Rectangles whose shade is their `share` of the greatest. data: x, y, width, height, share."""

    data: pd.DataFrame
    legend: str = ""
    role: Role = "first"


@dataclass(frozen=True)
class Areas:
    """Closed outlines. xs, ys: the corners of each."""

    xs: tuple[tuple[float, ...], ...]
    ys: tuple[tuple[float, ...], ...]
    role: Role = "quiet"


@dataclass(frozen=True)
class Labels:
    """data: x, y, text."""

    data: pd.DataFrame


Layer = Points | Line | Band | Segments | Cells | Areas | Labels


@dataclass(frozen=True)
class Scene:
    """A picture. `note` says what was put together or left out; `table` holds what it shows.

    `description` is for those who cannot see it.
    """

    title: str
    description: str
    x: Axis
    y: Axis
    layers: tuple[Layer, ...]
    table: pd.DataFrame
    note: str = ""
    same_scale: bool = False
