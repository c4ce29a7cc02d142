"""Notebooks as JupyterLab sends them."""

from nbformat.v4 import new_code_cell, new_notebook

from tests.service.modules import JSON_MODEL


def notebook(*cells: tuple[str, str]) -> dict:
    """A notebook of (name, source) cells."""
    named = [new_code_cell(source, metadata={"name": name}) for name, source in cells]
    return new_notebook(cells=named)


def model(version: str = "one") -> dict:
    """A model that tells its version in every row that it is applied to."""
    apply = f"def apply(model, df, param):\n    return ['{version}'] * len(df)\n"
    return notebook(("mltkc_import", JSON_MODEL), ("mltkc_apply", apply))
