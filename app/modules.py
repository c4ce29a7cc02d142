"""Importing model modules, which are files in the folder of the package `app.model`.

Whatever a job imports from there is read from its file, never from a bytecode cache; and as each
job has a process of its own, no global variable of a module survives into the next one.
"""

import importlib
import re
import sys
from collections.abc import Sequence
from importlib.machinery import FileFinder, ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

import app.model
from app.failures import RefusedError

_BELOW = "app.model."
_LIBRARIES = str(Path(app.model.__file__).parents[1] / "libraries")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_SHOWN = 30


class _Loader(SourceFileLoader):
    """Compiles the source text of now: a cache goes by the second and may be out of date."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


class _Finder:
    """Finds what is in `app.model`; sits in sys.meta_path."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(_BELOW):
            return None
        # A new finder each time: an old one remembers what the folder held.
        finders = (FileFinder(entry, (_Loader, [".py"])) for entry in path or ())
        return next((spec for finder in finders if (spec := finder.find_spec(fullname))), None)


def install(folder: Path) -> None:
    """Take the modules of this process from a folder, and their code always from their files."""
    app.model.__path__ = [str(folder)]
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
    if _LIBRARIES not in sys.path:
        sys.path.append(_LIBRARIES)  # `dsdlsupport`, which modules written for DSDL import


def is_model(name: str) -> bool:
    """Whether a module of this name is one of the folder's."""
    return name.startswith(_BELOW)


def load(name: str, folder: Path) -> ModuleType:
    """Import a module by the name that a search gives as algo=.

    Raises RefusedError if it is not the plain name of a file in the folder, and whatever the
    module's own code raises.
    """
    if not name:
        raise RefusedError(f"the search names no module: add algo=<module>; {_choice(folder)}")
    if not _NAME.fullmatch(name) or not (folder / f"{name}.py").is_file():
        raise RefusedError(f"there is no module {name!r:.120} in {folder}; {_choice(folder)}")
    return importlib.import_module(_BELOW + name)


def _choice(folder: Path) -> str:
    names = sorted(path.stem for path in folder.glob("*.py") if _NAME.fullmatch(path.stem))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"there are: {', '.join(names[:_SHOWN]) or 'none'}{more}"
