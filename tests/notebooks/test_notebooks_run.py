"""Every notebook of the repository runs top to bottom, and its module is what it exports."""

import inspect
import runpy
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from app.export.module import is_model, module_text

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted(filter(is_model, (ROOT / "notebooks").rglob("[!.]*.ipynb")))
STAGES = {
    "init": ["df", "param"],
    "fit": ["model", "df", "param"],
    "apply": ["model", "df", "param"],
    "save": ["model", "name"],
    "load": ["name"],
    "summary": ["model"],
}

every_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture
def srv(tmp_path, monkeypatch):
    """An empty /srv for the notebook's kernel, which finds `app` as in the container."""
    monkeypatch.setenv("SRV_DIR", str(tmp_path / "srv"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "jupyter"))
    return tmp_path / "srv"


@every_notebook
def test_notebook_runs_top_to_bottom(notebook, srv):
    node = nbformat.read(notebook, as_version=4)
    resources = {"metadata": {"path": str(notebook.parent)}}
    NotebookClient(node, timeout=60, resources=resources).execute()
    assert list((srv / "app" / "model" / "data").iterdir())


@every_notebook
def test_module_is_what_its_notebook_exports(notebook):
    module = ROOT / "model" / f"{notebook.stem}.py"
    assert module.read_text("utf-8") == module_text(notebook)


@every_notebook
def test_module_has_every_stage(notebook):
    module = runpy.run_path(str(ROOT / "model" / f"{notebook.stem}.py"))
    parameters = {stage: list(inspect.signature(module[stage]).parameters) for stage in STAGES}
    assert parameters == STAGES


@every_notebook
def test_notebook_is_kept_without_outputs(notebook):
    cells = nbformat.read(notebook, as_version=4).cells
    assert [c.id for c in cells if c.get("outputs") or c.get("execution_count")] == []
