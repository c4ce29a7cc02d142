"""Draws scenes as one HTML page that can be explored, with Bokeh. It fetches nothing."""

from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from bokeh.embed import components
from bokeh.models import (
    ColumnDataSource,
    FixedTicker,
    HoverTool,
    LabelSet,
    LinearAxis,
)
from bokeh.plotting import figure
from bokeh.resources import Resources

from app.pictures.palette import COLOURS
from app.pictures.scene import (
    PLACES,
    Areas,
    Axis,
    Band,
    Cells,
    Labels,
    Layer,
    Line,
    Points,
    Scene,
    Segments,
)

_TABLE_ROWS = 200
_TEXT = 300  # characters of a value that are shown
_TOOLS = "pan,wheel_zoom,box_zoom,undo,redo,reset"
_TEMPLATE = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
).get_template("page.html.j2")


def render(scenes: list[Scene]) -> str:
    """The page: each scene with its title, its note, and its data as a table."""
    script, parts = components([_plot(scene) for scene in scenes], wrap_script=False)
    shown = [
        {"scene": scene, "plot": part, "columns": list(scene.table.columns), "rows": _rows(scene)}
        for scene, part in zip(scenes, parts, strict=True)
    ]
    title = "; ".join(scene.title for scene in scenes)
    return _TEMPLATE.render(title=title, shown=shown, script=_inert(script), library=_library())


@cache
def _library() -> str:
    """BokehJS itself, to stand in the page."""
    return "\n".join(_inert(text) for text in Resources("inline", components=["bokeh"]).js_raw)


def _inert(script: str) -> str:
    """A script that cannot end its own element, whatever its texts hold."""
    return script.replace("</", "<\\/").replace("<!--", "<\\!--")


def _rows(scene: Scene) -> list[list[str]]:
    return [[_short(value) for value in row] for row in scene.table.head(_TABLE_ROWS).to_numpy()]


def _short(value: object) -> str:
    text = "" if pd.api.types.is_scalar(value) and pd.isna(value) else str(value)  # type: ignore[call-overload]
    return text if len(text) <= _TEXT else text[:_TEXT] + "..."


def _plot(scene: Scene) -> figure:
    kind = "datetime" if scene.x.kind == "time" else "linear"
    plot = figure(
        title=None,
        height=_height(scene),
        sizing_mode="stretch_width",
        x_axis_type=kind,
        tools=_TOOLS,
        active_scroll="wheel_zoom",
        match_aspect=scene.same_scale,
        background_fill_alpha=0,
        border_fill_alpha=0,
        outline_line_color=None,
    )
    plot.toolbar.logo = None
    plot.toolbar.autohide = False
    for axis, wanted in ((plot.xaxis[0], scene.x), (plot.yaxis[0], scene.y)):
        _set_axis(axis, wanted)
    for layer in scene.layers:
        _DRAWN[type(layer)](plot, layer)
    if any(getattr(layer, "legend", "") for layer in scene.layers):
        plot.add_layout(plot.legend[0], "above")
        plot.legend.orientation = "horizontal"
        plot.legend.click_policy = "hide"
        plot.legend.background_fill_alpha = 0
        plot.legend.border_line_alpha = 0
    plot.xgrid.visible, plot.ygrid.visible = plot.xaxis[0].visible, plot.yaxis[0].visible
    if scene.x.kind == "category":
        plot.xaxis.major_label_orientation = 1.0
    return plot


def _height(scene: Scene) -> int:
    lanes = len(scene.y.categories)
    if lanes:
        return min(max(22 * lanes + 160, 280), 1100)
    deep = scene.y.kind == "hidden" and not scene.same_scale
    return min(max(16 * len(scene.table) + 120, 320), 1600) if deep else 480


def _set_axis(axis: LinearAxis, wanted: Axis) -> None:
    axis.axis_label = wanted.label
    axis.visible = wanted.kind != "hidden"
    if wanted.kind == "category":
        names = [_short(name)[:60] for name in wanted.categories]
        axis.ticker = FixedTicker(ticks=list(range(len(names))))
        axis.major_label_overrides = dict(enumerate(names))


def _source(data: pd.DataFrame) -> ColumnDataSource:
    """The data as the browser gets them: numbers and times as they are, all else as short text."""
    columns: dict[str, Any] = {}
    for name in data.columns:
        values = data[name]
        plain = pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_dtype(values)
        plain = plain or pd.api.types.is_timedelta64_dtype(values)
        columns[str(name)] = values.to_numpy() if plain else [_short(value) for value in values]
    return ColumnDataSource(columns)


def _legend(layer: Layer) -> dict[str, str]:
    text = getattr(layer, "legend", "")
    return {"legend_label": text} if text else {}


def _point_at(plot: figure, drawn: Any, data: pd.DataFrame) -> None:
    """Show the other columns of what the pointer is at. Bokeh escapes them."""
    names = [str(name) for name in data.columns if name not in PLACES]
    if names:
        tooltips = [(name, "@{" + name + "}") for name in names[:12]]
        plot.add_tools(HoverTool(renderers=[drawn], tooltips=tooltips))


def _draw_points(plot: figure, layer: Points) -> None:
    data = layer.data
    size = "size" if "size" in data.columns else 7
    drawn = plot.scatter(
        "x",
        "y",
        source=_source(data),
        size=size,
        marker=layer.symbol,
        color=COLOURS[layer.role],
        alpha=0.8,
        **_legend(layer),
    )
    _point_at(plot, drawn, data)


def _draw_line(plot: figure, layer: Line) -> None:
    dash = "dashed" if layer.dashed else "solid"
    plot.line(
        "x",
        "y",
        source=_source(layer.data),
        color=COLOURS[layer.role],
        line_dash=dash,
        line_width=1.5,
        **_legend(layer),
    )


def _draw_band(plot: figure, layer: Band) -> None:
    plot.varea(
        "x",
        "lower",
        "upper",
        source=_source(layer.data),
        fill_color=COLOURS[layer.role],
        fill_alpha=0.25,
        **_legend(layer),
    )


def _draw_segments(plot: figure, layer: Segments) -> None:
    drawn = plot.segment(
        "x0",
        "y0",
        "x1",
        "y1",
        source=_source(layer.data),
        color=COLOURS[layer.role],
        line_width=1 if layer.role == "quiet" else 6,
        alpha=0.7,
        **_legend(layer),
    )
    _point_at(plot, drawn, layer.data)


def _draw_cells(plot: figure, layer: Cells) -> None:
    data = layer.data.assign(alpha=0.15 + 0.85 * layer.data["share"])
    drawn = plot.rect(
        "x",
        "y",
        "width",
        "height",
        source=_source(data),
        fill_color=COLOURS[layer.role],
        fill_alpha="alpha",
        line_color=None,
        **_legend(layer),
    )
    _point_at(plot, drawn, layer.data)


def _draw_areas(plot: figure, layer: Areas) -> None:
    plot.patches(
        [list(xs) for xs in layer.xs],
        [list(ys) for ys in layer.ys],
        fill_color=COLOURS[layer.role],
        fill_alpha=0.2,
        line_color=COLOURS[layer.role],
        line_width=0.5,
    )


def _draw_labels(plot: figure, layer: Labels) -> None:
    source = _source(layer.data)
    plot.add_layout(
        LabelSet(
            x="x",
            y="y",
            text="text",
            source=source,
            x_offset=6,
            y_offset=-6,
            text_font_size="11px",
            text_color="#767676",
        )
    )


_DRAWN: dict[type, Any] = {
    Points: _draw_points,
    Line: _draw_line,
    Band: _draw_band,
    Segments: _draw_segments,
    Cells: _draw_cells,
    Areas: _draw_areas,
    Labels: _draw_labels,
}
