"""Modules follow their notebooks: what to do when one is saved, renamed or deleted.

A module belongs to the notebook that its first line names. Those of others, and files that were
not made from a notebook at all, stay as they are.
"""

import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

from app.export import ExportError, export_notebook, is_model, remove_module
from app.jupyter import complaints
from app.settings import Folders

_NOT_NAMED_YET = re.compile(r"Untitled\d*")
# Exports read the file that was saved last: in turns, so that an older text never comes last.
_turn = threading.Lock()


def saved(notebook: Path, folders: Folders) -> str:
    """Export a notebook that was just written. What is wrong with it: "" if nothing.

    That is also written beside the notebook. Raises OSError if it cannot be.
    """
    with _turn:
        return _export(notebook, folders)


def removed(notebook: Path, folders: Folders) -> None:
    """Remove the module of a notebook that is no longer there. Raises OSError.

    If another notebook of the same name is there, the module is made from that one now.
    """
    with _turn:
        complaints.clear(notebook)
        heir = next(_namesakes(notebook, folders.notebooks), None)
        if heir:
            _export(heir, folders)
        else:
            remove_module(notebook.name, folders.modules)


def renamed(old: Path, new: Path, folders: Folders) -> None:
    """Follow a notebook to its new name or folder. Raises OSError.

    One that does not export under its new name leaves the module of its old name in place: searches
    go on with it.
    """
    wrong = saved(new, folders) if new.suffix == ".ipynb" else ""
    if old.suffix == ".ipynb":
        if wrong:
            complaints.clear(old)
        else:
            removed(old, folders)


def _export(notebook: Path, folders: Folders) -> str:
    try:
        if is_model(notebook):
            _refuse_name(notebook, folders)
            export_notebook(notebook, folders.modules)
    except ExportError as error:
        reason = str(error)
        complaints.write(notebook, reason)
        return reason
    complaints.clear(notebook)
    return ""


def _refuse_name(notebook: Path, folders: Folders) -> None:
    if _NOT_NAMED_YET.fullmatch(notebook.stem):
        raise ExportError(
            f"{notebook}: {notebook.stem!r} is Jupyter's name for a new notebook; rename it, and it"
            " becomes the module of its new name"
        )
    if other := next(_namesakes(notebook, folders.notebooks), None):
        raise ExportError(f"{notebook}: {other} has the same name; rename one")


def _namesakes(notebook: Path, folder: Path) -> Iterator[Path]:
    """Other notebooks that are models of the same name, in visible folders."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        path = Path(parent, notebook.name)
        if notebook.name in names and path != notebook and _is_model(path):
            yield path


def _is_model(path: Path) -> bool:
    try:
        return is_model(path)
    except ExportError:
        return False
