"""Remembers what was fitted, as MLTK does: apply names a model and nothing else.

A JSON file for each model, <folder>/<app or user>/<name>.json. A name without namespace is looked
up in the user's own, then in the app's.
"""

import json
import os
from dataclasses import asdict
from pathlib import Path

from app.files import replacing
from app.spl import SplError
from app.spl.meta import Fitted
from app.spl.parser import Model


def default_folder() -> Path:
    """Where users' programs keep their state (XDG Base Directory Specification)."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "dsdl-hunt" / "models"


def save(folder: Path, model: Model, fitted: Fitted) -> None:
    """Keep a model, in place of an older one of its name. Raises SplError."""
    path = _path(folder, model)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, 0o600) as file:
            file.write(json.dumps(asdict(fitted)).encode())
    except OSError as error:
        raise SplError(f"cannot remember model {model.name!r}: {error}") from error


def load(folder: Path, model: Model) -> Fitted:
    """What was fitted under this name. Raises SplError if nothing was, or it cannot be read."""
    for namespace in dict.fromkeys((model.namespace, "app")):
        path = _path(folder, Model(model.name, namespace))
        try:
            return Fitted(**json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            continue
        except (OSError, ValueError, TypeError) as error:
            raise SplError(f"cannot read {path}: {error}; run fit again") from error
    raise SplError(
        f"model {model.name!r} does not exist in {folder}: "
        f"run fit MLTKContainer ... into app:{model.name} first"
    )


def _path(folder: Path, model: Model) -> Path:
    return folder / model.namespace / f"{model.name}.json"
