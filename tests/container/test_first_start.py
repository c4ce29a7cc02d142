"""The secrets of an installation that has none."""

import re
from pathlib import Path

import pytest
from jupyter_server.auth import passwd_check

from app.first_start import main
from app.jupyter.password import checked


def _files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_first_start_makes_a_password_that_opens_jupyterlab(tmp_path: Path) -> None:
    main([str(tmp_path)])
    files = _files(tmp_path)
    assert passwd_check(checked(files["JUPYTER_PASSWD"]), files["jupyter_password"])


def test_first_start_says_where_to_log_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(tmp_path), "--port", "15000", "--jupyter-port", "18888"])
    said, files = capsys.readouterr().out, _files(tmp_path)
    for text in ("https://localhost:15000", "https://localhost:18888/lab", files["api_token"]):
        assert text in said


def test_first_start_keeps_what_is_there(tmp_path: Path) -> None:
    main([str(tmp_path)])
    first = _files(tmp_path)
    main([str(tmp_path)])
    assert _files(tmp_path) == first


def test_first_start_writes_the_settings_of_compose(tmp_path: Path) -> None:
    folder, env = tmp_path / "secrets", tmp_path / ".env"
    folder.mkdir()
    main([str(folder), "--env", str(env)])
    files = _files(folder)
    settings = dict(re.findall(r"^(\w+)=(.*)$", env.read_text(), re.MULTILINE))
    assert settings == {name: files[name] for name in ("api_token", "JUPYTER_PASSWD")}
    assert files["jupyter_password"] in env.read_text()
    assert env.stat().st_mode & 0o777 == 0o600


def test_first_start_leaves_settings_of_compose_alone(tmp_path: Path) -> None:
    folder, env = tmp_path / "secrets", tmp_path / ".env"
    folder.mkdir()
    env.write_text("HUNT_PORT=5001\n")
    assert main([str(folder), "--env", str(env)]) == 0
    assert env.read_text() == "HUNT_PORT=5001\n"


def test_first_start_works_where_settings_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "--env", str(tmp_path / "none" / ".env")]) == 0
    assert "set HUNT_UID to your user id" in capsys.readouterr().out


def test_first_start_says_what_the_settings_of_compose_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("api_token", "a-token-of-ones-own")
    monkeypatch.setenv("JUPYTER_PASSWD", "sha256:00:00")
    main([str(tmp_path)])
    said, files = capsys.readouterr().out, _files(tmp_path)
    assert "token     a-token-of-ones-own" in said
    assert not {files["api_token"], files["jupyter_password"]} & set(said.split())


def test_first_start_makes_other_secrets_elsewhere(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        main([str(folder)])
    assert not set(_files(folders[0]).values()) & set(_files(folders[1]).values())


def test_first_start_says_which_folder_it_cannot_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "none")]) == 2
    assert str(tmp_path / "none") in capsys.readouterr().err
