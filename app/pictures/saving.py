"""Writes pictures into the graphics folder."""

import re
from typing import NamedTuple

from app import files, settings
from app.pictures import page, png
from app.pictures.scene import Scene

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,150}\Z")


class Saved(NamedTuple):
    """The file names of a picture in the graphics folder."""

    page: str
    image: str


def save(name: str, *scenes: Scene) -> Saved:
    """Save scenes as `<name>.html` and `<name>.png`, in place of what had that name.

    name: letters, digits, _ and -; usually `<algo>_<model name>`. Raises ValueError for others.
    """
    if not _NAME.match(name):
        raise ValueError(f"{name!r} is no name for a picture: use letters, digits, _ and -")
    folder = settings.folders().graphics
    folder.mkdir(parents=True, exist_ok=True)
    saved = Saved(f"{name}.html", f"{name}.png")
    with files.replacing(folder / saved.page) as file:
        file.write(page.render(list(scenes)).encode())
    with files.replacing(folder / saved.image) as file:
        file.write(png.render(list(scenes)))
    return saved
