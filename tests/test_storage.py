import json
from pathlib import Path

import pytest

from app import storage


@pytest.fixture(autouse=True)
def srv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SRV_DIR", str(tmp_path))
    return tmp_path / "app" / "model" / "data"


def test_what_is_saved_is_loaded(srv: Path) -> None:
    path = storage.save("algo_name", {"a": [1, 2.5, None, "ü"]})
    assert path == srv / "algo_name.json"
    assert storage.load("algo_name") == {"a": [1, 2.5, None, "ü"]}


def test_save_replaces_and_leaves_nothing_else(srv: Path) -> None:
    storage.save("m", 1)
    storage.save("m", 2)
    assert (storage.load("m"), [path.name for path in srv.iterdir()]) == (2, ["m.json"])


def test_save_that_fails_keeps_the_previous_model(srv: Path) -> None:
    storage.save("m", 1)
    with pytest.raises(TypeError):
        storage.save("m", object())
    assert (storage.load("m"), [path.name for path in srv.iterdir()]) == (1, ["m.json"])


def test_load_without_a_model_says_what_to_do() -> None:
    with pytest.raises(FileNotFoundError, match="no model 'm' is saved: run fit first"):
        storage.load("m")


def test_load_of_another_format_says_what_to_do(srv: Path) -> None:
    path = storage.save("m", 1)
    path.write_text(json.dumps({"format": 99, "version": "9.9", "data": 1}))
    with pytest.raises(ValueError, match=r"format 99 of version 9\.9: run fit again"):
        storage.load("m")
