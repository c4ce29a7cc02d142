"""An own SRV_DIR and own kernels for each run."""

import pytest

from tests.splunk.conftest import head, indexer

__all__ = ["head", "indexer"]


@pytest.fixture(autouse=True)
def srv(tmp_path, monkeypatch):
    monkeypatch.setenv("SRV_DIR", str(tmp_path / "srv"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("PYTHONPATH", "")
    return tmp_path / "srv"
