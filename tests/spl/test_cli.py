"""The program as it is called, on the real service."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.sample import SAMPLE
from tests.running_service import ROOT, TOKEN, RunningService
from tests.service.modules import ECHO

FIT = "| fit MLTKContainer algo=powershell_ioc ParentCommandLine into app:hunt"
Program = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def program(service: RunningService, tmp_path: Path) -> Program:
    """Runs python -m app.spl with the service's address and token in the environment."""
    environment = {"api_token": TOKEN, "HUNT_URL": service.url, "SRV_DIR": str(service.srv)}

    def run(*arguments: str, data: bytes = b"", **changes: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "app.spl", "--state-dir", str(tmp_path), *arguments],
            input=data,
            capture_output=True,
            cwd=ROOT,
            env={**environment, **changes},
            timeout=60,
        )

    return run


def rows(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode(), newline="")))


def test_fit_enriches_every_event_in_its_row(program: Program) -> None:
    done = program(FIT, "--format", "csv", data=SAMPLE.read_bytes())
    assert (done.returncode, done.stderr) == (0, b"")
    events, result = rows(SAMPLE.read_bytes()), rows(done.stdout)
    assert [{name: row[name] for name in events[0]} for row in result] == events
    assert [row["predicted_ParentCommandLine"] for row in result] == [
        event["ParentCommandLine"] for event in events
    ]
    assert result[0]["predicted_ioc_url"] == "https://203.0.113.211:443/admin/get.php"


def test_apply_in_a_later_search_knows_the_model(program: Program) -> None:
    data = SAMPLE.read_bytes()
    fitted = program(FIT, "--format", "json", data=data)
    applied = program("| apply hunt as talk", "--format", "json", data=data)
    assert (applied.returncode, applied.stderr) == (0, b"")
    renamed = applied.stdout.decode().replace('"talk_', '"predicted_')
    assert json.loads(renamed) == json.loads(fitted.stdout)


def test_commands_work_on_what_the_one_before_gave(
    service: RunningService, program: Program
) -> None:
    service.module("spl_echo", ECHO)
    search = "fit MLTKContainer algo=spl_echo b into m | apply m | apply m as c"
    done = program(search, "--format", "csv", data=b"a,b\n007,1\nx,2\n")
    assert done.stdout == b"a,b,predicted_b,c_b\n007,1,1,1\nx,2,2,2\n"


def test_summary_needs_no_events(service: RunningService, program: Program) -> None:
    service.module("spl_echo", ECHO)
    program("fit MLTKContainer algo=spl_echo a into m", data=b"a\n1\n")
    done = program("summary m", "--format", "json")
    [row] = json.loads(done.stdout)
    assert (row["name"], json.loads(row["summary"])["token"]) == ("m", "valid")


def test_bytes_that_are_no_text_come_back(service: RunningService, program: Program) -> None:
    service.module("spl_echo", ECHO)
    data = b'\xef\xbb\xbfa,b\n\xff\xfe,1\n"lone\rreturn",2\n\xe2\x82\xac,3\n'
    done = program("fit MLTKContainer algo=spl_echo b", "--format", "csv", data=data)
    expected = b'a,b,predicted_b\n\xff\xfe,1,1\n"lone\rreturn",2,2\n\xe2\x82\xac,3,3\n'
    assert done.stdout == expected


@pytest.mark.parametrize(
    ("arguments", "changes", "data", "message"),
    [
        (["| where x"], {}, b"x\n1\n", b"error: 'where' is a command that only Splunk has"),
        (["apply nope"], {}, b"x\n1\n", b"error: model 'nope' does not exist in"),
        (["fit MLTKContainer x"], {}, b"", b"error: the input is empty"),
        (["fit MLTKContainer algo=nope x"], {}, b"x\n1\n", b"error: /fit: ERROR: unable to"),
        (["fit MLTKContainer x"], {"api_token": ""}, b"x\n1\n", b"error: there is no token: set"),
        (["fit MLTKContainer x"], {"api_token": "a\nb"}, b"x\n1\n", b"error: the token has char"),
        (["fit MLTKContainer x"], {"api_token": "no"}, b"x\n1\n", b"refuses the token"),
        (["--token-file", "/nope", "apply m"], {}, b"", b"error: cannot read the token"),
        (["--url", "https://localhost:1", "fit MLTKContainer x"], {}, b"x\n1\n", b"cannot reach"),
    ],
)
def test_search_that_fails_says_why(
    program: Program, arguments: list[str], changes: dict[str, str], data: bytes, message: bytes
) -> None:
    done = program(*arguments, data=data, **changes)
    assert (done.returncode, done.stdout) == (1, b"")
    assert message in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_token_can_stand_in_a_file(
    service: RunningService, program: Program, tmp_path: Path
) -> None:
    service.module("spl_echo", ECHO)
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    arguments = ["fit MLTKContainer algo=spl_echo x", "--token-file", str(tmp_path / "token")]
    assert program(*arguments, data=b"x\n1\n", api_token="wrong").returncode == 0


def test_reader_that_has_enough_is_no_error(service: RunningService, tmp_path: Path) -> None:
    service.module("spl_echo", ECHO)
    (tmp_path / "events.csv").write_text("a\n" + "x" * 100 + "\n" + f"{'y' * 100}\n" * 5000)
    search = "fit MLTKContainer algo=spl_echo a"
    command = (
        f"{sys.executable} -m app.spl '{search}' --format csv < {tmp_path}/events.csv | head -1"
    )
    environment = {"api_token": TOKEN, "HUNT_URL": service.url, "SRV_DIR": str(service.srv)}
    done = subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", command],
        capture_output=True,
        cwd=ROOT,
        env={**environment, "PATH": "/usr/bin:/bin"},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"a,predicted_a\n", b"")


def test_help_shows_an_example() -> None:
    command = [sys.executable, "-m", "app.spl", "--help"]
    text = subprocess.run(command, capture_output=True, cwd=ROOT, text=True).stdout
    assert "python -m app.spl '| fit MLTKContainer algo=powershell_ioc" in text
