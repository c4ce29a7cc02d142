"""Notebooks as they come: any version of the format, with the faults that tools leave in them."""

# mypy: allow-untyped-calls

import json
import warnings
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_raw_cell


class ExportError(Exception):
    """Why a notebook has no module: the notebook and, where known, its cell and line."""


def read(path: Path) -> NotebookNode:
    """The notebook with only what an export needs: its code cells' sources and names.

    Other cells are there but empty, so that cells keep their numbers. Raises ExportError.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cells without ids: nobody asks for them
            notebook = nbformat.convert(nbformat.reader.reads(path.read_text("utf-8-sig")), 4)
            cells = [_essence(cell) for cell in notebook.cells]
            return NotebookNode(new_notebook(cells=cells))
    except OSError as error:
        raise ExportError(f"{path}: cannot be read: {error.strerror}") from error
    except Exception as error:
        # nbformat does not say what it raises: on a malformed notebook it just stumbles.
        cause = error.__cause__ if isinstance(error.__cause__, json.JSONDecodeError) else error
        reason = (str(cause) or type(cause).__name__).splitlines()[0]
        raise ExportError(f"{path}: is not a notebook: {reason}") from error


def _essence(cell: NotebookNode) -> NotebookNode:
    if cell.cell_type != "code":
        return NotebookNode(new_raw_cell())
    name = cell.get("metadata", {}).get("name")
    if not isinstance(name, str) or not name:
        return NotebookNode(new_code_cell(cell.source))
    # Names go into a line of the module.
    printable = "".join(char if char.isprintable() else " " for char in name)
    return NotebookNode(new_code_cell(cell.source, metadata={"name": printable}))
