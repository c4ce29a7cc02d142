"""Writes notebooks for the tests."""

import json
from pathlib import Path

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

HEADER = """\
# Made from {name}.ipynb by `python -m app.export`.
# Edit the notebook, not this file: the next export replaces it.
"""


def code(source, name=None):
    return _named(new_code_cell(source), name)


def markdown(source, name=None):
    return _named(new_markdown_cell(source), name)


def raw(source, name=None):
    return _named(new_raw_cell(source), name)


def _named(cell, name):
    if name is not None:
        cell.metadata.name = name
    return cell


def write(path: Path, *cells) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not with nbformat.write, which refuses what other tools write.
    path.write_text(json.dumps(new_notebook() | {"cells": list(cells)}), "utf-8")
    return path


def write_model(path: Path, value=1) -> Path:
    return write(path, code(f"VALUE = {value}", "mltkc_import"))


def model_text(name: str, value=1) -> str:
    return HEADER.format(name=name) + f"\n\n# %% mltkc_import\nVALUE = {value}\n"
