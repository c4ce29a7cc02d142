"""What a model learned, in one file that cannot execute code when it is loaded.

The file is a ZIP: `about.json` (kind, versions, values), `arrays/<name>.npy` (read without pickle)
and `estimators/<name>.skops` (scikit-learn estimators; skops builds nothing but known types).
"""

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version as installed
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from app import files

FORMAT = 1
_LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy", "statsmodels")
# What skops does not trust by itself and the estimators of our models are made of.
_TRUSTED = ("sklearn.tree._classes.ExtraTreeRegressor", "sklearn.tree._tree.Tree")
_EMPTY: Mapping[str, Any] = MappingProxyType({})
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


class StateError(ValueError):
    """Saved state that cannot be used: damaged, of another model, or of other versions."""


@dataclass(frozen=True, slots=True)
class State:
    """What `save` was given, and the versions of the libraries it was made with."""

    values: dict[str, Any]
    arrays: dict[str, np.ndarray[Any, Any]] = field(default_factory=dict)
    estimators: dict[str, Any] = field(default_factory=dict)
    made_with: dict[str, str] = field(default_factory=dict)


def save(
    stem: Path,
    kind: str,
    version: int,
    values: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray[Any, Any]] = _EMPTY,
    estimators: Mapping[str, Any] = _EMPTY,
) -> Path:
    """Write the state of a model as `<stem>.zip`, in one step; returns that path.

    `kind` names the model and `version` the layout of what it saves. `values` are what JSON can
    hold, `arrays` of any type but object, `estimators` of scikit-learn.
    """
    path = _path(stem)
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {
        "format": FORMAT,
        "kind": kind,
        "version": version,
        "made_with": {name: installed(name) for name in _LIBRARIES},
        "values": dict(values),
    }
    with (
        files.replacing(path) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        archive.writestr("about.json", json.dumps(about, default=_plain))
        for name, array in arrays.items():
            archive.writestr(f"arrays/{name}.npy", _array_bytes(array))
        for name, estimator in estimators.items():
            archive.writestr(f"estimators/{name}.skops", _estimator_bytes(estimator))
    return path


def load(stem: Path, kind: str, version: int) -> State:
    """The state that `save` wrote.

    Raises FileNotFoundError if there is none, StateError if it cannot be used.
    """
    path = _path(stem)
    try:
        with zipfile.ZipFile(path) as archive:
            about = json.loads(archive.read("about.json"))
            _check(about, {"format": FORMAT, "kind": kind, "version": version}, stem.name)
            return State(
                values=about["values"],
                arrays={name: _array(data) for name, data in _members(archive, "arrays")},
                estimators={
                    name: _estimator(data, about["made_with"], stem.name)
                    for name, data in _members(archive, "estimators")
                },
                made_with=about["made_with"],
            )
    except FileNotFoundError:
        raise FileNotFoundError(f"no model {stem.name!r} is saved: run fit first") from None
    except StateError:
        raise
    except _DAMAGE as error:
        raise StateError(f"model {stem.name!r} is damaged ({error}): run fit again") from error


def _path(stem: Path) -> Path:
    return stem.parent / f"{stem.name}.zip"  # with_suffix would cut the name at a dot


def _check(about: Mapping[str, Any], expected: Mapping[str, Any], name: str) -> None:
    for entry, value in expected.items():
        if about.get(entry) != value:
            raise StateError(
                f"model {name!r} was saved with {entry} {about.get(entry)!r}, "
                f"this model reads {entry} {value!r}: run fit again"
            )


def _members(archive: zipfile.ZipFile, folder: str) -> list[tuple[str, bytes]]:
    names = [name for name in archive.namelist() if name.startswith(f"{folder}/")]
    return [(Path(name).stem, archive.read(name)) for name in names]


def _array_bytes(array: np.ndarray[Any, Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _array(data: bytes) -> np.ndarray[Any, Any]:
    array: np.ndarray[Any, Any] = np.load(io.BytesIO(data), allow_pickle=False)
    return array


def _estimator_bytes(estimator: Any) -> bytes:
    import skops.io  # takes scikit-learn with it: only the models that need it wait for it

    data: bytes = skops.io.dumps(estimator)
    return data


def _estimator(data: bytes, made_with: Mapping[str, str], name: str) -> Any:
    """Raises StateError for another scikit-learn: what it learned may mean something else there."""
    made, here = made_with.get("scikit-learn"), installed("scikit-learn")
    if made != here:
        raise StateError(
            f"model {name!r} was made with scikit-learn {made}, here is {here}: run fit again"
        )
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        return skops.io.loads(data, trusted=list(_TRUSTED))
    except UntrustedTypesFoundException as error:
        raise StateError(f"model {name!r} holds types that are not trusted: {error}") from error


def _plain(value: Any) -> Any:
    """NumPy's numbers as Python's, for JSON."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be saved as JSON: {value!r:.80}")
