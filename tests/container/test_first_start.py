"""The secrets of an installation that has none."""

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
