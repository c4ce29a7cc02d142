"""A notebook as the text of a module: its named code cells, nothing else."""

# mypy: allow-untyped-calls

import re
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path
from typing import Any

from nbconvert.exporters import TemplateExporter
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from app.export import notebook, python
from app.export.magics import plain_python
from app.export.notebook import ExportError
from app.export.python import PythonError

_NAME = re.compile(r"[A-Za-z_]\w*\.ipynb", re.ASCII)
HEADER = re.compile(rf"# Made from ({_NAME.pattern}) by `python -m app\.export`", re.ASCII)
_TEMPLATE = """\
# Made from {{ resources.metadata.name }}.ipynb by `python -m app.export`.
# Edit the notebook, not this file: the next export replaces it.
{% for cell in nb.cells %}

# %% {{ cell.metadata.name }}
{{ cell.source }}
{% endfor -%}
"""


@dataclass(frozen=True)
class _Cell:
    number: int  # in the notebook, from 1
    name: str
    source: str


class NamedCells(Preprocessor):
    """Keeps the code cells that have a name and are not empty, as plain Python, in order."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """The notebook of these cells, which are in resources["cells"] too.

        Raises ExportError for a cell that is not Python.
        """
        path = Path(resources["metadata"]["path"])
        named = [_plain(path, *entry) for entry in enumerate(nb.cells, 1) if _has_name(entry[1])]
        cells = [cell for cell in named if cell.source.strip()]
        nb.cells = [new_code_cell(cell.source, metadata={"name": cell.name}) for cell in cells]
        return nb, {**resources, "cells": cells}


class ModuleExporter(TemplateExporter):
    """nbconvert's exporter of notebooks to model modules."""

    raw_template = _TEMPLATE
    file_extension = ".py"
    default_preprocessors = []  # noqa: RUF012
    preprocessors = [NamedCells]  # noqa: RUF012


def is_model(path: Path) -> bool:
    """Whether any cell of the notebook at `path` has a name. Raises ExportError."""
    return any(map(_has_name, notebook.read(path).cells))


def module_text(path: Path) -> str | None:
    """The module of the notebook at `path`; None if none of its cells has a name.

    The same notebook gives the same text, with LF line ends, and the text compiles.
    Raises ExportError.
    """
    node = notebook.read(path)
    if not any(map(_has_name, node.cells)):
        return None
    if not _NAME.fullmatch(path.name) or iskeyword(path.stem) or path.stem.startswith("__"):
        raise ExportError(
            f"{path}: {path.name!r} cannot name a module; rename the notebook: letters, digits and"
            " underscores, no digit and no two underscores first, no keyword, then .ipynb"
        )
    about = {"metadata": {"name": path.stem, "path": str(path)}}
    text, resources = ModuleExporter().from_notebook_node(node, about)
    try:
        python.check(text)
    except PythonError as error:
        raise _located(path, text, resources["cells"], error) from error
    return text


def _has_name(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("name"))


def _plain(path: Path, number: int, cell: NotebookNode) -> _Cell:
    name = cell.metadata.name
    try:
        return _Cell(number, name, plain_python(cell.source))
    except PythonError as error:
        raise _error(path, number, name, error.line, error.reason) from error


def _located(path: Path, text: str, cells: list[_Cell], error: PythonError) -> ExportError:
    """The error at a line of the module's text as one at a line of a cell."""
    end = 0
    for cell in cells:
        start = text.index(f"\n{cell.source}\n", end) + 1
        end = start + len(cell.source)
        line = error.line - text.count("\n", 0, start)
        if text.count("\n", 0, end) >= error.line - 1:
            return _error(path, cell.number, cell.name, line, error.reason)
    return ExportError(f"{path}: {error.reason}")


def _error(path: Path, number: int, name: str, line: int, reason: str) -> ExportError:
    return ExportError(f"{path}, cell {number} ({name}), line {line}: {reason}")
