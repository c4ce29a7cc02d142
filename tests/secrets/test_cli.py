"""python -m app.secrets"""

import subprocess
import sys
from pathlib import Path

import pytest

from app.secrets.__main__ import main
from tests.secrets.azure_server import Azure

_ROOT = Path(__file__).parents[2]


def lines(capsys: pytest.CaptureFixture[str]) -> dict[str, list[str]]:
    """The printed table by name: state, and what is said."""
    out = capsys.readouterr().out
    return {line.split()[0]: line.split(maxsplit=2)[1:] for line in out.splitlines()}


def test_status_tells_each_secret_and_no_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VIRUSTOTAL_API_KEY", "hidden value")
    assert main(["status", "your_own"]) == 0
    table = lines(capsys)
    assert table["virustotal_api_key"] == ["there", "environment variable VIRUSTOTAL_API_KEY"]
    assert table["otx_api_key"] == ["absent", "for AlienVault OTX"]
    assert table["your_own"][0] == "absent"
    assert "hidden" not in str(table)


def test_status_fails_where_a_place_does_not_give_its_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OTX_API_KEY_FILE", "/nowhere")
    assert main(["status"]) == 1
    assert lines(capsys)["otx_api_key"] == [
        "unavailable",
        "'/nowhere' cannot be read: No such file or directory",
    ]


def test_status_tells_of_a_vault(
    service_principal: Azure, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status"]) == 0
    table = lines(capsys)
    place = f"{service_principal.vault}/secrets/virustotal-api-key"
    assert table["virustotal_api_key"] == ["there", place]
    assert table["otx_api_key"] == ["absent", "for AlienVault OTX"]


def test_status_tells_mistakes_of_a_msticpyconfig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "msticpyconfig.yaml"
    file.write_text("TIProviders: hidden\n")
    monkeypatch.setenv("MSTICPYCONFIG", str(file))
    assert main(["status"]) == 2
    assert capsys.readouterr().err == (
        f"{file}: TIProviders: must be a mapping of keys to values\n"
    )


def test_status_tells_settings_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUNT_KEYVAULT_URL", "hunt")
    assert main(["status"]) == 2
    assert capsys.readouterr().err == (
        "HUNT_KEYVAULT_URL is 'hunt': use the form https://NAME.vault.azure.net\n"
    )


def test_module_runs() -> None:
    command = [sys.executable, "-m", "app.secrets", "status"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("api_token")
