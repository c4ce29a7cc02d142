"""Saved models stay usable, whatever happens while new ones are saved."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from app import saved


def _tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".locks" not in path.parts
    }


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A model of several files, and others with similar names."""
    (tmp_path / "m").mkdir()
    for name in ("m.json", "m.pkl", "m/weights", "m2.json", "other_m.json"):
        (tmp_path / name).write_text("old")
    return tmp_path


OLD = dict.fromkeys(("m.json", "m.pkl", "m/weights", "m2.json", "other_m.json"), "old")


def _overwrite(models: Path) -> None:
    for name in ("m.json", "m.new", "m/weights"):
        (models / name).write_text("new")
    (models / "m.pkl").unlink()


def test_saving_leaves_what_the_module_wrote(models: Path) -> None:
    with saved.saving(models, "m", "keeper"):
        _overwrite(models)
    del (expected := {**OLD, "m.json": "new", "m.new": "new", "m/weights": "new"})["m.pkl"]
    assert _tree(models) == expected


def test_saving_that_fails_leaves_the_previous_model(models: Path) -> None:
    with pytest.raises(KeyboardInterrupt), saved.saving(models, "m", "keeper"):
        _overwrite(models)
        raise KeyboardInterrupt
    assert _tree(models) == OLD


def test_saving_the_first_time_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), saved.saving(tmp_path, "m", "keeper"):
        (tmp_path / "m.json").write_text("half")
        raise OSError("full")
    assert _tree(tmp_path) == {}


def test_restore_after_the_death_of_a_process(models: Path) -> None:
    code = f"""
import os, pathlib
from app import saved
models = pathlib.Path({str(models)!r})
with saved.saving(models, "m", "keeper"):
    (models / "m.json").write_text("half")
    (models / "m.pkl").unlink()
    os._exit(1)
"""
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False)
    saved.restore(models, "another")
    assert _tree(models) != OLD
    saved.restore(models, "keeper")
    assert _tree(models) == OLD


def test_restore_abandoned_after_the_death_of_the_whole_service(models: Path) -> None:
    code = f"""
import os, pathlib
from app import saved
models = pathlib.Path({str(models)!r})
with saved.saving(models, "m", "keeper"):
    (models / "m.json").write_text("half")
    os._exit(1)
"""
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False)
    with (models / ".locks" / "m").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        saved.restore_abandoned(models)
        assert (models / "m.json").read_text() == "half"
    saved.restore_abandoned(models)
    assert _tree(models) == OLD


def test_restore_where_nothing_was_saved(models: Path) -> None:
    saved.restore(models, "keeper")
    assert _tree(models) == OLD


def _is_locked(models: Path) -> bool:
    with (models / ".locks" / "m").open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def test_saving_excludes_others(models: Path) -> None:
    with saved.saving(models, "m", "keeper"):
        assert _is_locked(models)
    assert not _is_locked(models)


def test_loading_excludes_saving_but_not_loading(models: Path) -> None:
    with saved.saving(models, "m", "keeper"):
        pass
    with saved.loading(models, "m"), saved.loading(models, "m"):
        assert _is_locked(models)
    assert not _is_locked(models)


def test_loading_writes_nothing(models: Path) -> None:
    with saved.loading(models, "m"):
        assert not (models / ".locks").exists()
