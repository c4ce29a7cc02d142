"""Why a saved notebook has no new module: a text file beside it, where its author looks.

The file goes away with the next save that exports. `/summary` lists what the files say.
"""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from app.files import replacing

_ENDING = ".export-error.txt"
_MOST = 20
_LENGTH = 500


def write(notebook: Path, reason: str) -> None:
    """Say beside a notebook why it was not exported. Raises OSError."""
    path = _path(notebook)
    text = f"{reason}\n"
    if _text(path) != text:
        with replacing(path) as file:
            file.write(text.encode("utf-8", "replace"))


def clear(notebook: Path) -> None:
    """Nothing to complain about any more. Raises OSError."""
    _path(notebook).unlink(missing_ok=True)


def listed(notebooks: Path) -> dict[str, str]:
    """What is wrong below a folder: {notebook, relative to the folder: reason}, 20 at most."""
    found = islice(sorted(_below(notebooks)), _MOST)
    return {
        path.relative_to(notebooks).as_posix().removesuffix(_ENDING) + ".ipynb": text
        for path in found
        if (text := _text(path).strip()[:_LENGTH])
    }


def _path(notebook: Path) -> Path:
    return notebook.with_suffix(_ENDING)


def _below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(parent, name) for name in names if name.endswith(_ENDING))


def _text(path: Path) -> str:
    """What a file says; nothing if it is gone meanwhile."""
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
