from pathlib import Path

import pytest

from app.spl import SplError, registry
from app.spl.meta import Fitted
from app.spl.parser import Model

ONE, TWO = Fitted({"params": {"algo": "a"}}, ["x"]), Fitted({"params": {}}, ["y"], "label")


def test_model_is_found_again_by_name(tmp_path: Path) -> None:
    registry.save(tmp_path, Model("m", "app"), ONE)
    assert registry.load(tmp_path, Model("m", "app")) == ONE
    assert registry.load(tmp_path, Model("m")) == ONE


def test_own_model_comes_before_the_apps(tmp_path: Path) -> None:
    registry.save(tmp_path, Model("m", "app"), ONE)
    registry.save(tmp_path, Model("m"), TWO)
    assert registry.load(tmp_path, Model("m")) == TWO
    assert registry.load(tmp_path, Model("m", "app")) == ONE


def test_later_fit_takes_the_place_of_an_earlier(tmp_path: Path) -> None:
    registry.save(tmp_path, Model("m"), ONE)
    registry.save(tmp_path, Model("m"), TWO)
    assert registry.load(tmp_path, Model("m")) == TWO


def test_model_that_was_not_fitted_is_an_error(tmp_path: Path) -> None:
    registry.save(tmp_path, Model("m"), ONE)
    with pytest.raises(SplError, match=r"'m' does not exist in .*: run fit MLTKContainer \.\.\."):
        registry.load(tmp_path, Model("m", "app"))


@pytest.mark.parametrize("content", ["", "[]", '{"options": {}}', "\x00"])
def test_file_that_is_broken_is_an_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "user" / "m.json"
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(SplError, match=r"cannot read .*m\.json.*run fit again"):
        registry.load(tmp_path, Model("m"))


def test_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SplError, match="cannot remember model 'm'"):
        registry.save(tmp_path / "file", Model("m"), ONE)


@pytest.mark.parametrize(
    ("state", "folder"),
    [("/var/state", "/var/state/dsdl-hunt/models"), ("", "/home/a/.local/state/dsdl-hunt/models")],
)
def test_default_folder_is_where_users_programs_keep_state(
    state: str, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", state)
    monkeypatch.setenv("HOME", "/home/a")
    assert registry.default_folder() == Path(folder)
