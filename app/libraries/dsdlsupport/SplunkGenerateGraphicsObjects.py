"""`SplunkGenerateGraphicsObjects(...)`: a plot as a picture that the container serves."""

import base64
import io
import os
import re
from pathlib import Path
from typing import Any

from app.files import replacing
from app.settings import folders

_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


def SplunkGenerateGraphicsObjects(
    model: dict[str, Any], key: str, plot: Any, graphics_path: str | None = None
) -> dict[str, Any]:
    """Write a plot to <graphics_path>/<key>.png and note it in model["graphics"][key].

    `plot` is a Matplotlib figure, or has one (`fig` or `figure`, as axes and seaborn's grids do).
    The model comes back. Raises ValueError for a key that is no file name, TypeError for no plot.
    """
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} cannot name a picture: use letters, digits, '_', '-' and '.'")
    figure = next((part for part in _figures(plot) if hasattr(part, "savefig")), None)
    if figure is None:
        raise TypeError(f"{type(plot).__name__} is no Matplotlib plot: it has no figure to save")
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    folder = Path(graphics_path) if graphics_path else folders(os.environ).graphics
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{key}.png"
    with replacing(path) as file:
        file.write(picture.getvalue())
    model.setdefault("graphics", {})[key] = {
        "base64": base64.b64encode(picture.getvalue()),
        "container_local_path": str(path),
        "external_relative_path": f"graphics/{key}.png",
    }
    return model


def _figures(plot: Any) -> tuple[Any, ...]:
    return getattr(plot, "fig", None), getattr(plot, "figure", None), plot
