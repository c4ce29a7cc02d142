"""Saved models: JSON files that say what they were made with, written in one step.

JSON cannot execute code when it is loaded; a file that is being replaced stays whole until the
new one is complete.
"""

import json
from pathlib import Path
from typing import Any

from app import __version__, files, settings

FORMAT = 1


def save(name: str, data: Any) -> Path:
    """Save a model's data (anything that JSON can hold) under `name`; returns the file's path."""
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"format": FORMAT, "version": __version__, "data": data}
    with files.replacing(path) as file:
        file.write(json.dumps(content).encode())
    return path


def load(name: str) -> Any:
    """The data that was saved under `name`.

    Raises FileNotFoundError if there is none, ValueError if it was made by another format.
    """
    path = _path(name)
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise FileNotFoundError(f"no model {name!r} is saved: run fit first") from None
    if content.get("format") != FORMAT:
        made = f"format {content.get('format')} of version {content.get('version')}"
        raise ValueError(f"model {name!r} was saved in {made}: run fit again")
    return content["data"]


def _path(name: str) -> Path:
    return settings.model_data_folder() / f"{name}.json"
