"""Filling SRV_DIR: what users changed stays, what nobody changed follows the code."""

from pathlib import Path

import pytest

from app.seed import seed
from app.settings import Folders


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A repository with one module, one notebook and its sample data."""
    root = tmp_path / "repository"
    _write(root / "model" / "m.py", "v1")
    _write(root / "notebooks" / "m.ipynb", "n1")
    _write(root / "notebooks" / "data" / "m.csv", "a\n1\n")
    _write(root / "notebooks" / ".ipynb_checkpoints" / "m.ipynb", "old")
    return root


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".seeded.json"
    }


def test_seed_makes_the_folders_that_notebooks_know(source: Path, tmp_path: Path) -> None:
    seed(Folders(tmp_path / "srv"), source)
    for name in ("notebooks/data", "notebooks/logs", "app/model/data", "app/graphics"):
        assert (tmp_path / "srv" / name).is_dir()


def test_seed_copies_modules_and_notebooks(source: Path, tmp_path: Path) -> None:
    seed(Folders(tmp_path / "srv"), source)
    assert _tree(tmp_path / "srv") == {
        "app/model/m.py": "v1",
        "notebooks/data/m.csv": "a\n1\n",
        "notebooks/m.ipynb": "n1",
    }


def test_seed_replaces_what_nobody_changed(source: Path, tmp_path: Path) -> None:
    folders = Folders(tmp_path / "srv")
    seed(folders, source)
    (source / "model" / "m.py").write_text("v2")
    seed(folders, source)
    assert (folders.modules / "m.py").read_text() == "v2"


def test_seed_keeps_what_a_user_changed(source: Path, tmp_path: Path) -> None:
    folders = Folders(tmp_path / "srv")
    seed(folders, source)
    (folders.modules / "m.py").write_text("mine")
    (source / "model" / "m.py").write_text("v2")
    seed(folders, source)
    assert (folders.modules / "m.py").read_text() == "mine"


def test_seed_keeps_what_it_did_not_put_there(source: Path, tmp_path: Path) -> None:
    folders = Folders(tmp_path / "srv")
    _write(folders.modules / "m.py", "there before")
    seed(folders, source)
    assert (folders.modules / "m.py").read_text() == "there before"


@pytest.mark.parametrize("record", ["", "[]", "{"])
def test_seed_replaces_nothing_without_its_record(
    source: Path, tmp_path: Path, record: str
) -> None:
    folders = Folders(tmp_path / "srv")
    seed(folders, source)
    (folders.srv / ".seeded.json").write_text(record)
    (source / "model" / "m.py").write_text("v2")
    seed(folders, source)
    assert (folders.modules / "m.py").read_text() == "v1"


def test_seed_knows_a_file_that_is_already_the_same(source: Path, tmp_path: Path) -> None:
    folders = Folders(tmp_path / "srv")
    seed(folders, source)
    (folders.srv / ".seeded.json").unlink()
    seed(folders, source)
    (source / "model" / "m.py").write_text("v2")
    seed(folders, source)
    assert (folders.modules / "m.py").read_text() == "v2"


def _upgrade(source: Path, folders: Folders, text: str) -> None:
    (source / "notebooks" / "m.ipynb").write_text(text)
    seed(folders, source)


@pytest.fixture
def edited(source: Path, tmp_path: Path) -> Folders:
    """A volume whose user has changed the notebook."""
    folders = Folders(tmp_path / "srv")
    seed(folders, source)
    (folders.notebooks / "m.ipynb").write_text("mine")
    return folders


def _notebooks(folders: Folders) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folders.notebooks.glob("*.ipynb"))}


def test_seed_puts_a_new_version_beside_a_changed_notebook_and_says_so(
    source: Path, edited: Folders, caplog: pytest.LogCaptureFixture
) -> None:
    _upgrade(source, edited, "n2")
    assert _notebooks(edited) == {"m.ipynb": "mine", "m.new.ipynb": "n2"}
    assert "m.ipynb stays as changed; its new version: m.new.ipynb" in caplog.text


def test_seed_offers_a_new_version_once(source: Path, edited: Folders) -> None:
    _upgrade(source, edited, "n2")
    (edited.notebooks / "m.new.ipynb").unlink()
    seed(edited, source)
    assert _notebooks(edited) == {"m.ipynb": "mine"}
    _upgrade(source, edited, "n3")
    assert _notebooks(edited) == {"m.ipynb": "mine", "m.new.ipynb": "n3"}


def test_seed_offers_nothing_where_the_code_has_nothing_new(source: Path, edited: Folders) -> None:
    seed(edited, source)
    assert _notebooks(edited) == {"m.ipynb": "mine"}


def test_seed_leaves_a_deleted_notebook_and_its_module_away(source: Path, tmp_path: Path) -> None:
    folders = Folders(tmp_path / "srv")
    seed(folders, source)
    (folders.notebooks / "m.ipynb").unlink()
    (folders.modules / "m.py").unlink()
    seed(folders, source)
    assert list(_tree(folders.srv)) == ["notebooks/data/m.csv"]


def test_seed_brings_a_new_version_of_a_deleted_notebook(source: Path, tmp_path: Path) -> None:
    folders = Folders(tmp_path / "srv")
    seed(folders, source)
    (folders.notebooks / "m.ipynb").unlink()
    (folders.modules / "m.py").unlink()
    _upgrade(source, folders, "n2")
    assert (folders.notebooks / "m.ipynb").read_text() == "n2"
    assert (folders.modules / "m.py").read_text() == "v1"


def test_seed_brings_back_a_module_whose_notebook_is_there(source: Path, tmp_path: Path) -> None:
    folders = Folders(tmp_path / "srv")
    seed(folders, source)
    (folders.modules / "m.py").unlink()
    seed(folders, source)
    assert (folders.modules / "m.py").read_text() == "v1"
