"""The demo as `make demo` runs it."""

import os
import re
import socket
import subprocess
import sys

import pytest

from app import demo
from app.sample import SAMPLE
from tests.running_service import ROOT

REPORT = ROOT / "build" / "demo" / "report.html"


def run(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.demo"],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        text=True,
        timeout=60,
    )


def test_demo_prints_a_line_for_each_event_and_writes_the_report() -> None:
    REPORT.unlink(missing_ok=True)
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    fit, apply, header, *rows, last = done.stdout.splitlines()
    if demo.HUNTS:
        hunt = rows.pop()
        assert hunt == f"{demo.HUNT} says the same, without MLTK and DSDL"
    assert fit == "| fit MLTKContainer algo=powershell_ioc ParentCommandLine into app:hunt"
    assert apply == "| apply hunt"
    assert header.split() == [
        "decode_status",
        "decode_chain",
        "ioc_c2",
        "ps_family",
        "asn_description",
        "ti_verdict",
        "ParentCom…",
    ]
    assert len(rows) == len(SAMPLE.read_text("utf-8").splitlines()) - 1
    assert re.search(
        r"decoded .* https://203.0.113.211:443/admi\S+ .* EXAMPLE-HOSTING +malicious +powershel",
        rows[0],
    )
    assert last.startswith("40 events, 28 that connect somewhere; fit and apply took ")
    assert last.endswith("build/demo/report.html")
    assert "https://203.0.113.211:443/admin/get.php" in REPORT.read_text("utf-8")


def test_service_that_does_not_start_is_shown_with_its_log() -> None:
    done = run(api_workers="no")
    assert (done.returncode, done.stdout) == (1, "")
    assert "demo: the service did not start. The service's last words:" in done.stderr
    assert "dsdl-hunt does not start: api_workers is 'no'" in done.stderr


def test_search_that_fails_is_shown_with_the_log_and_the_service_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(demo, "SEARCHES", ("| apply nope",))
    assert demo.main() == 1
    errors = capsys.readouterr().err
    assert errors.startswith("demo: model 'nope' does not exist in ")
    port = re.search(r"listening on https://127\.0\.0\.1:(\d+)", errors)
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", int(port[1]))) != 0  # type: ignore[index]
