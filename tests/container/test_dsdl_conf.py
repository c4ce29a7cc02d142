"""The configuration files for the DSDL app, read back as Splunk reads them."""

import configparser
from pathlib import Path

import pytest

from app.dsdl_conf import Deployment, files
from app.dsdl_conf.__main__ import main

DEPLOYMENT = Deployment("hunt.example.com", "to%ken$1", "argon2:$argon2id$v=19$m=1$a$b")


def _parsed(text: str) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    return {name: dict(parser[name]) for name in parser.sections()}


def test_passive_containers_tell_where_everything_is() -> None:
    assert _parsed(files(DEPLOYMENT)["passive/containers.conf"]) == {
        "__dev__": {
            "api_url": "https://hunt.example.com:5000",
            "api_url_external": "https://hunt.example.com:5000",
            "jupyter_url": "https://hunt.example.com:8888",
            "mode": "DEV",
            "cluster": "docker",
            "id": "dsdl-hunt-dev",
            "image": "dsdl-hunt:dev",
            "runtime": "none",
        }
    }


def test_passive_containers_of_production_have_no_jupyterlab() -> None:
    production = Deployment("h", "t", port=15000, https=False, develops=False, models=["a", "b"])
    stanzas = _parsed(files(production)["passive/containers.conf"])
    assert list(stanzas) == ["a", "b"]
    assert stanzas["b"] == {
        "api_url": "http://h:15000",
        "api_url_external": "http://h:15000",
        "mode": "PROD",
        "cluster": "docker",
        "id": "dsdl-hunt-b",
        "image": "dsdl-hunt:prod",
        "runtime": "none",
    }


@pytest.mark.parametrize("kind", ["managed", "passive"])
def test_docker_conf_has_the_secrets_unchanged(kind: str) -> None:
    connection = _parsed(files(DEPLOYMENT)[f"{kind}/docker.conf"])["connection"]
    secrets = (connection["api_token"], connection["jupyter_passwd"])
    assert secrets == (DEPLOYMENT.api_token, DEPLOYMENT.jupyter_passwd)


@pytest.mark.parametrize(("certificate", "checked"), [("", "0"), ("/opt/splunk/hunt.pem", "1")])
def test_docker_conf_checks_the_host_name_of_a_given_certificate(
    certificate: str, checked: str
) -> None:
    content = files(Deployment("h", "t", certificate=certificate))["passive/docker.conf"]
    connection = _parsed(content)["connection"]
    assert connection["endpoint_cert_filename_or_path"] == certificate
    assert connection["endpoint_cert_check_hostname"] == checked


def test_images_are_split_as_dsdl_joins_them() -> None:
    images = ("registry.example.com/team/hunt:1-dev", "registry.example.com/team/hunt:1")
    stanzas = _parsed(files(Deployment("h", "t", images=images))["managed/images.conf"])
    joined = tuple(stanza["repo"] + stanza["image"] for stanza in stanzas.values())
    assert joined == images


def test_images_of_two_repositories_are_refused() -> None:
    with pytest.raises(ValueError, match="two repositories, 'a/' and 'b/'"):
        files(Deployment("h", "t", images=("a/x:1", "b/x:1")))


def test_sync_of_containers_is_off_in_the_passive_deployment() -> None:
    searches = _parsed(files(DEPLOYMENT)["passive/savedsearches.conf"])
    assert searches == {"MLTK Container Sync": {"enablesched": "0", "disabled": "1"}}


def test_command_writes_what_the_service_runs_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("api_token", "secret-token")
    monkeypatch.setenv("MODE_DEV_PROD", "DEV")
    assert main(["--host", "h", "--output", str(tmp_path)]) == 0
    written = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert sorted(capsys.readouterr().out.split()) == [str(path) for path in written]
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600}
    connection = _parsed((tmp_path / "passive" / "docker.conf").read_text())["connection"]
    assert connection["api_token"] == "secret-token"


def test_command_without_a_token_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("api_token", raising=False)
    assert main(["--host", "h", "--output", str(tmp_path)]) == 2
    assert "api_token" in capsys.readouterr().err
