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
        if path.is_file() and not {".locks", ".kept"} & set(path.parts)
    }


NAMES = (
    *("m.json", "m.a.json", "m_weights.npy", "m.pkl", "m/weights"),
    *("m2.json", "other_m.json", "m_long.json", "m_long_weights.npy"),
)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A model of several files, and others with similar names."""
    (tmp_path / "m").mkdir()
    (tmp_path / ".locks").mkdir()
    (tmp_path / ".locks" / "m_long").touch()
    for name in NAMES:
        (tmp_path / name).write_text("old")
    return tmp_path


OLD = dict.fromkeys(NAMES, "old")
OVERWRITTEN = ("m.json", "m.new", "m/weights", "m_weights.npy")


def _overwrite(models: Path) -> None:
    for name in OVERWRITTEN:
        (models / name).write_text("new")
    (models / "m.pkl").unlink()


def test_saving_leaves_what_the_module_wrote(models: Path) -> None:
    with saved.saving(models, "m"):
        _overwrite(models)
    del (expected := {**OLD, **dict.fromkeys(OVERWRITTEN, "new")})["m.pkl"]
    assert _tree(models) == expected


def test_saving_that_fails_leaves_the_previous_model(models: Path) -> None:
    with pytest.raises(KeyboardInterrupt), saved.saving(models, "m"):
        _overwrite(models)
        raise KeyboardInterrupt
    assert _tree(models) == OLD


def test_saving_the_first_time_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), saved.saving(tmp_path, "m"):
        (tmp_path / "m.json").write_text("half")
        raise OSError("full")
    assert _tree(tmp_path) == {}


def test_loading_after_the_death_of_a_process_puts_the_model_back(models: Path) -> None:
    code = f"""
import os, pathlib
from app import saved
models = pathlib.Path({str(models)!r})
with saved.saving(models, "m"):
    (models / "m.json").write_text("half")
    (models / "m.pkl").unlink()
    os._exit(1)
"""
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False)
    assert _tree(models) != OLD
    with saved.loading(models, "m"):
        assert _tree(models) == OLD


def test_restore_abandoned_after_the_death_of_the_whole_service(models: Path) -> None:
    code = f"""
import os, pathlib
from app import saved
models = pathlib.Path({str(models)!r})
with saved.saving(models, "m"):
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


def _is_locked(models: Path) -> bool:
    with (models / ".locks" / "m").open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def test_saving_excludes_others(models: Path) -> None:
    with saved.saving(models, "m"):
        assert _is_locked(models)
    assert not _is_locked(models)


def test_loading_excludes_saving_but_not_loading(models: Path) -> None:
    with saved.saving(models, "m"):
        pass
    with saved.loading(models, "m"), saved.loading(models, "m"):
        assert _is_locked(models)
    assert not _is_locked(models)


def test_loading_writes_nothing(models: Path) -> None:
    with saved.loading(models, "m"):
        assert sorted(path.name for path in (models / ".locks").iterdir()) == ["m_long"]


def test_saving_leaves_files_of_a_longer_name_to_that_model(models: Path) -> None:
    with pytest.raises(KeyError), saved.saving(models, "m"):
        (models / "m_long.json").write_text("saved meanwhile")
        raise KeyError
    assert _tree(models) == {**OLD, "m_long.json": "saved meanwhile"}


def test_saving_again_after_the_death_of_a_process(models: Path) -> None:
    (models / ".kept" / "m.part").mkdir(parents=True)
    (models / ".kept" / "m.part" / "m.json").write_text("half a copy")
    with saved.saving(models, "m"):
        pass
    assert _tree(models) == OLD
