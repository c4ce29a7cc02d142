"""Importing model modules by the content of their files."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import app.model
from app import modules
from app.failures import RefusedError


def _forget() -> None:
    """What a new process begins with."""
    for name in filter(modules.is_model, list(sys.modules)):
        del sys.modules[name]
        vars(app.model).pop(name.rpartition(".")[2], None)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    finders, path = list(sys.meta_path), app.model.__path__
    modules.install(tmp_path)
    yield tmp_path
    _forget()
    sys.meta_path[:], app.model.__path__ = finders, path


def test_module_is_imported_under_its_package(folder: Path) -> None:
    (folder / "hunt.py").write_text("x = __name__")
    assert modules.load("hunt", folder).x == "app.model.hunt"


def test_module_is_read_again_by_the_next_process(folder: Path) -> None:
    path = folder / "hunt.py"
    for value in range(5):  # all of the same size, and within the same second
        path.write_text(f"x = {value}")
        _forget()
        assert modules.load("hunt", folder).x == value


@pytest.mark.parametrize(
    "code",
    [
        "from app.model.other import x",
        "from app.model import other\nx = other.x",
        "import app.model.other\nx = app.model.other.x",
    ],
)
def test_module_imports_another_that_has_changed(folder: Path, code: str) -> None:
    (folder / "hunt.py").write_text(code)
    for value in (1, 2):
        (folder / "other.py").write_text(f"x = {value}")
        _forget()
        assert modules.load("hunt", folder).x == value


def test_module_that_appears_is_found(folder: Path) -> None:
    with pytest.raises(RefusedError):
        modules.load("hunt", folder)
    (folder / "hunt.py").write_text("x = 1")
    assert modules.load("hunt", folder).x == 1


def test_module_leaves_no_bytecode_behind(folder: Path) -> None:
    (folder / "hunt.py").write_text("x = 1")
    modules.load("hunt", folder)
    assert [path.name for path in folder.iterdir()] == ["hunt.py"]


def test_module_in_a_folder_of_modules(folder: Path) -> None:
    (folder / "parts").mkdir()
    (folder / "parts" / "one.py").write_text("x = 1")
    (folder / "hunt.py").write_text("from app.model.parts.one import x")
    assert modules.load("hunt", folder).x == 1


def test_module_that_is_broken_leaves_others_alone(folder: Path) -> None:
    (folder / "broken.py").write_text("def f(:")
    (folder / "hunt.py").write_text("x = 1")
    with pytest.raises(SyntaxError):
        modules.load("broken", folder)
    assert modules.load("hunt", folder).x == 1


@pytest.mark.parametrize(
    "name",
    [
        "hunt.x",
        "../hunt",
        "/etc/passwd",
        "hunt/",
        "..",
        ".",
        "hunt\n",
        "1hunt",
        "é",
        "a" * 300,
        "data",
    ],
)
def test_module_name_that_is_no_file_is_refused(folder: Path, name: str) -> None:
    (folder / "hunt.py").touch()
    (folder / "aid.py").touch()
    (folder / "data").mkdir()
    with pytest.raises(RefusedError, match=r"^there is no module .* in .*; there are: aid, hunt$"):
        modules.load(name, folder)


def test_module_name_that_is_missing_is_refused(folder: Path) -> None:
    with pytest.raises(RefusedError) as error:
        modules.load("", folder)
    assert str(error.value) == ("the search names no module: add algo=<module>; there are: none")


def test_module_names_are_listed_up_to_a_limit(folder: Path) -> None:
    for number in range(32):
        (folder / f"m{number:02}.py").touch()
    with pytest.raises(RefusedError, match=r"m28, m29 and 2 more$"):
        modules.load("missing", folder)
