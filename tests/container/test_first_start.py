"""The secrets of an installation that has none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from jupyter_server.auth import passwd_check

from app.first_start import main
from app.jupyter.password import checked
from tests.running_service import ROOT


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


def _run(folder: Path, project: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own, as it may become another user."""
    command = [sys.executable, "-m", "app.first_start", str(folder), "--project", str(project)]
    own = {**os.environ, "api_token": "", "JUPYTER_PASSWD": "", **given}
    return subprocess.run(command, cwd=ROOT, env=own, check=True, text=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "made").mkdir()
    return tmp_path / "made"


def test_first_start_writes_an_env_file_with_what_it_made(folder: Path, tmp_path: Path) -> None:
    _run(folder, tmp_path)
    written = (tmp_path / ".env").read_text().splitlines()
    files = _files(folder)
    assert f"api_token={files['api_token']}" in written
    assert f"JUPYTER_PASSWD={files['JUPYTER_PASSWD']}" in written
    assert any(line[0] == "#" and files["jupyter_password"] in line for line in written)
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


def test_first_start_keeps_an_env_file(folder: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HUNT_PORT=15000\n")
    _run(folder, tmp_path)
    assert (tmp_path / ".env").read_text() == "HUNT_PORT=15000\n"


def test_first_start_shows_no_secret_that_does_not_count(folder: Path, tmp_path: Path) -> None:
    said = _run(folder, tmp_path, api_token="mine", JUPYTER_PASSWD="mine").stdout
    files = _files(folder)
    assert not [text for text in ("mine", *files.values()) if text in said]
    assert not (tmp_path / ".env").exists()


def test_first_start_goes_on_where_no_env_file_can_be_written(folder: Path, tmp_path: Path) -> None:
    done = _run(folder, tmp_path / "none")
    assert _files(folder)["api_token"] in done.stdout
    assert done.stderr.startswith(".env is not written: ")
