"""Starting the service, and refusing to."""

import json
import socket
import subprocess
import time
from pathlib import Path

import pytest
import trustme

from app.sample.enrichment import FEEDS
from tests.running_service import ROOT, environment, running_service, start_command
from tests.service.modules import JSON_MODEL

_NO_TOKEN = (
    "api_token must be a long random text: set the environment variable api_token, or put it into"
    " the file /run/secrets/api_token or a Key Vault"
)

_NO_VAULT = "HUNT_KEYVAULT_URL is 'x': use the form https://NAME.vault.azure.net"


def _start(srv: Path, **changes: str) -> tuple[int, str]:
    """Exit code and standard error of a service that does not come up."""
    result = subprocess.run(
        start_command(),
        cwd=ROOT,
        env=environment(srv, **changes),
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
        check=False,
    )
    return result.returncode, result.stderr


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"api_token": ""}, _NO_TOKEN),
        ({"HUNT_KEYVAULT_URL": "x"}, _NO_VAULT),
        ({"HUNT_TI_SECONDS": "x"}, "HUNT_TI_SECONDS is 'x': use a whole number from 1 to 3600"),
        (
            {"SRV_DIR": f"{__file__}/srv"},
            f"[Errno 20] Not a directory: '{__file__}/srv/notebooks/data'",
        ),
    ],
)
def test_start_is_refused_in_one_line(tmp_path: Path, changes: dict[str, str], reason: str) -> None:
    assert _start(tmp_path, **changes) == (2, f"dsdl-hunt does not start: {reason}\n")


def test_start_on_a_port_in_use_fails(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        reason = f"cannot listen on port {port} of 127.0.0.1: Address already in use"
        assert _start(tmp_path, PORT=str(port)) == (2, f"dsdl-hunt does not start: {reason}\n")


def test_start_of_a_new_service(tmp_path: Path) -> None:
    with running_service(tmp_path, ENABLE_HTTPS="false") as running:
        summary = {
            "app": "Splunk App for Data Science and Deep Learning",
            "version": "5.2.4",
            "model": "no model exists",
            "token": "valid",
        }
        assert running.url.startswith("http://")
        assert json.loads(json.loads(running.request("/")[1])) == summary
        assert running.summary() == summary
        assert running.stop() == 0
    assert running.log == [
        "INFO: lookups: feeds off; address databases off; whois off; providers off\n",
        f"INFO: listening on {running.url}\n",
    ]


def test_stop_before_the_service_is_ready(tmp_path: Path) -> None:
    command, variables = start_command(), environment(tmp_path, ENABLE_HTTPS="false")
    with subprocess.Popen(command, cwd=ROOT, env=variables, stderr=subprocess.PIPE, text=True) as (
        starting
    ):
        try:
            assert any("listening on" in line for line in starting.stderr)
            time.sleep(0.2)  # its workers are being started
            starting.terminate()
            assert starting.wait(15) == 0
        finally:
            starting.kill()


def test_start_says_what_is_wrong_with_lookups(tmp_path: Path) -> None:
    config = tmp_path / "msticpyconfig.yaml"
    config.write_text("TIProviders: {OTX: {Args: {AuthKey: canary-otx}}, VirusTotal: 5}\n")
    given = {"MSTICPYCONFIG": str(config), "HUNT_TI_PROVIDERS": "otx,greynoise"}
    with running_service(tmp_path / "srv", HUNT_FEEDS=str(FEEDS), **given) as running:
        assert running.stop() == 0
    lookups, mistake, missing, _ = running.log
    assert lookups == (
        "INFO: lookups: feeds on; address databases off; whois off; providers otx, greynoise\n"
    )
    assert mistake.startswith(f"WARNING: {config}: TIProviders.VirusTotal")
    assert missing.startswith("WARNING: the secret 'greynoise_api_key' is missing: set the ")
    assert "canary" not in "".join(running.log)


def test_start_after_a_stop_finds_saved_models(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    cert, key = tmp_path / "given.pem", tmp_path / "given.key"
    issued.cert_chain_pems[0].write_to_path(cert)
    issued.private_key_pem.write_to_path(key)
    given = {"API_SSL_CERT": str(cert), "API_SSL_KEY": str(key)}
    with running_service(tmp_path / "srv") as first:
        first.module("learner", JSON_MODEL)
        first.fit("a\n1\n", "learner", "kept")
    trusted = authority.cert_pem.bytes().decode()
    with running_service(tmp_path / "srv", trusted, **given) as second:
        assert second.apply("a\n2\n", "learner", "kept")["results"] == "0\n[1]\n"
