"""Draws scenes as a PNG, with Matplotlib: for mail, tickets and dashboards."""

import io
import warnings
from typing import Any

import matplotlib.dates
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from app.pictures.palette import COLOURS
from app.pictures.scene import (
    Areas,
    Axis,
    Band,
    Cells,
    Labels,
    Line,
    Points,
    Scene,
    Segments,
)

_SYMBOLS = {"circle": "o", "triangle": "^", "square": "s", "diamond": "D"}
_DPI = 110
_NAME = 40  # characters of a category


def render(scenes: list[Scene]) -> bytes:
    """The PNG file's bytes: the scenes below each other."""
    heights = [_height(scene) for scene in scenes]
    drawn = Figure(figsize=(11, sum(heights)), dpi=_DPI, layout="constrained", facecolor="white")
    canvas = FigureCanvasAgg(drawn)
    grid = drawn.subplots(len(scenes), 1, squeeze=False, height_ratios=heights)
    for scene, axes in zip(scenes, grid[:, 0], strict=True):
        _draw(scene, axes)
    file = io.BytesIO()
    with warnings.catch_warnings():  # its font has no letters of some scripts; the page has them
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        canvas.print_png(file, metadata={"Software": None})
    return file.getvalue()


def _height(scene: Scene) -> float:
    lanes = len(scene.y.categories)
    return min(max(0.22 * lanes + 1.8, 3.5), 14) if lanes else 5.0


def _draw(scene: Scene, axes: Axes) -> None:
    axes.set_title(_text(scene.title), loc="left", fontsize=12)
    if scene.note:
        axes.set_xlabel(f"{scene.x.label}\n{_text(scene.note)}", fontsize=8)
    else:
        axes.set_xlabel(scene.x.label, fontsize=8)
    axes.set_ylabel(scene.y.label, fontsize=8)
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
    for layer in scene.layers:
        _DRAWN[type(layer)](axes, layer)
    axes.autoscale_view()
    _set_axis(axes.xaxis, scene.x)
    _set_axis(axes.yaxis, scene.y)
    if scene.same_scale:
        axes.set_aspect("equal", adjustable="datalim")
    if axes.get_legend_handles_labels()[1]:
        axes.legend(fontsize=7, frameon=False, loc="upper right", ncols=3)


def _text(text: str) -> str:
    """As it is: Matplotlib takes what stands between two dollar signs for a formula."""
    return text.replace("$", r"\$")


def _set_axis(axis: Any, wanted: Axis) -> None:
    if wanted.kind == "hidden":
        axis.set_visible(False)
    if wanted.kind == "time":
        axis.axis_date()
        axis.set_major_formatter(matplotlib.dates.ConciseDateFormatter(axis.get_major_locator()))
    if wanted.kind == "category":
        names = [_text(name[:_NAME]) for name in wanted.categories]
        turned = {"rotation": 90} if axis.axis_name == "x" else {}
        axis.set_ticks(range(len(names)), names, **turned)


def _place(values: Any) -> Any:
    """Coordinates as Matplotlib has them: times in days."""
    array = np.asarray(values)
    if np.issubdtype(array.dtype, np.datetime64):
        return matplotlib.dates.date2num(array)
    if np.issubdtype(array.dtype, np.timedelta64):
        return array / np.timedelta64(1, "D")
    return array.astype(float)


def _draw_points(axes: Axes, layer: Points) -> None:
    if layer.data.empty:
        return
    size = layer.data["size"].to_numpy() ** 2 if "size" in layer.data else 20
    axes.scatter(
        _place(layer.data["x"]),
        _place(layer.data["y"]),
        s=size,
        marker=_SYMBOLS[layer.symbol],
        c=COLOURS[layer.role],
        alpha=0.8,
        linewidths=0,
        label=_text(layer.legend) or None,
        zorder=3,
    )


def _draw_line(axes: Axes, layer: Line) -> None:
    axes.plot(
        _place(layer.data["x"]),
        _place(layer.data["y"]),
        color=COLOURS[layer.role],
        linestyle="--" if layer.dashed else "-",
        linewidth=1,
        label=_text(layer.legend) or None,
    )


def _draw_band(axes: Axes, layer: Band) -> None:
    axes.fill_between(
        _place(layer.data["x"]),
        _place(layer.data["lower"]),
        _place(layer.data["upper"]),
        color=COLOURS[layer.role],
        alpha=0.25,
        linewidth=0,
        label=_text(layer.legend) or None,
    )


def _draw_segments(axes: Axes, layer: Segments) -> None:
    if layer.data.empty:
        return
    ends = np.stack([_place(layer.data[name]) for name in ("x0", "y0", "x1", "y1")], axis=1)
    lines = LineCollection(
        list(ends.reshape(-1, 2, 2)),
        colors=COLOURS[layer.role],
        linewidths=0.7 if layer.role == "quiet" else 4,
        alpha=0.7,
        label=_text(layer.legend) or "_nolegend_",
    )
    axes.add_collection(lines)


def _draw_cells(axes: Axes, layer: Cells) -> None:
    x, y = _place(layer.data["x"]), _place(layer.data["y"])
    width, height = _place(layer.data["width"]), _place(layer.data["height"])
    sides = zip(x - width / 2, y - height / 2, width, height, strict=True)
    boxes = PatchCollection([Rectangle((a, b), w, h) for a, b, w, h in sides], linewidths=0)
    colour = matplotlib.colors.to_rgb(COLOURS[layer.role])
    boxes.set_facecolor([(*colour, 0.15 + 0.85 * share) for share in layer.data["share"]])
    axes.add_collection(boxes)


def _draw_areas(axes: Axes, layer: Areas) -> None:
    for xs, ys in zip(layer.xs, layer.ys, strict=True):
        axes.fill(
            xs, ys, facecolor=COLOURS[layer.role], edgecolor="white", alpha=0.3, linewidth=0.4
        )


def _draw_labels(axes: Axes, layer: Labels) -> None:
    for row in layer.data.itertuples():
        text = _text(str(row.text))
        axes.annotate(text, (row.x, row.y), (4, -3), textcoords="offset points", fontsize=5)


_DRAWN: dict[type, Any] = {
    Points: _draw_points,
    Line: _draw_line,
    Band: _draw_band,
    Segments: _draw_segments,
    Cells: _draw_cells,
    Areas: _draw_areas,
    Labels: _draw_labels,
}
