"""JupyterLab beside the service: started when told, refused when unprotected, ended with it."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from app import lab
from tests.running_service import ROOT, environment, wait_until


def _hash(password: str) -> str:
    """A salted hash of a password, in one of the forms that Jupyter takes."""
    return f"sha256:5a17:{hashlib.sha256(password.encode() + b'5a17').hexdigest()}"


def _start(srv: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app"]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment(srv, **changes),
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        (_hash("Splunk4DeepLearning"), "well-known default"),
        ("", "JUPYTER_PASSWD is needed in DEV"),
        ("Splunk4DeepLearning", "is not the hash of a password"),
    ],
)
def test_dev_does_not_start_without_a_password_of_its_own(
    tmp_path: Path, password: str, reason: str
) -> None:
    ended = _start(tmp_path, MODE_DEV_PROD="DEV", JUPYTER_PASSWD=password)
    assert ended.returncode == 2
    assert reason in ended.stderr


def test_mode_must_be_known(tmp_path: Path) -> None:
    ended = _start(tmp_path, MODE_DEV_PROD="TEST")
    assert (ended.returncode, "MODE_DEV_PROD is 'TEST': use DEV or PROD" in ended.stderr) == (
        2,
        True,
    )


def test_lab_is_started_again_until_the_service_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab, "_RESTART_SECONDS", 0)
    starts = tmp_path / "starts"
    count = f"open({str(starts)!r}, 'a').write('.')"
    with lab.beside([sys.executable, "-c", count]):
        wait_until(lambda: starts.exists() and len(starts.read_text()) > 1)
