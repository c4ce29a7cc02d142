"""python -m app.enrichment, with the bundled feeds and databases."""

import json
import re
from pathlib import Path

import pytest

from app.enrichment import sources
from app.enrichment.__main__ import main
from app.secrets import default

REPORT = "https://ti.example.org/report/empire-2026-03"


def test_lookup_prints_what_is_known(
    configured: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lookup", "203[.]0[.]113[.]211"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "ipv4 203.0.113.211",
        "network  AS64501 EXAMPLE-HOSTING (mmdb); Ashburn, United States",
        "Example C2           malicious  100  c2, Empire, port:443 " + REPORT,
        "status   complete",
    ]


def test_lookup_prints_json(configured: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lookup", "fileserver.example.org", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [one["verdict"] for one in printed.pop("verdicts")] == ["benign"]
    assert printed == {
        "kind": "domain",
        "value": "fileserver.example.org",
        "status": "complete",
        "errors": {},
        "context": None,
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["what?"], "'what?' is no address, domain, URL, e-mail address or hash"),
        (["192.0.2.1", "--ti=nobody"], "ti='nobody': there is no provider 'nobody'; use off, "),
    ],
)
def test_mistakes_are_told(
    configured: object, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["lookup", *arguments]) == 2
    assert capsys.readouterr().err.startswith(message)


def test_status_tells_of_providers_feeds_and_databases(
    configured: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    configured.setenv("OTX_API_KEY", "canary-otx")
    configured.setenv("HUNT_TI_PROVIDERS", "otx")
    configured.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert main(["status"]) == 1
    printed = capsys.readouterr().out
    assert re.search(r"^otx +yes +no +.* the proxy 127\.0\.0\.1: .*refused", printed, re.MULTILINE)
    assert re.search(r"^virustotal +no: virustotal_api_key +- ", printed, re.MULTILINE)
    assert re.search(r"^tor +by name +- ", printed, re.MULTILINE)
    assert "feed Example C2: 6 entries, indexed 0 hours ago\n" in printed
    assert "database example-asn.mmdb: Example-ASN, built 2026-01-01\n" in printed
    assert printed.endswith("whois: off; RDAP: off\n")
    assert "canary" not in printed


def test_status_is_told_entry_by_entry_as_json(
    configured: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    configured.setenv("OTX_API_KEY", "canary-otx")
    configured.setenv("HUNT_TI_PROVIDERS", "otx")
    configured.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert main(["status", "--json"]) == 0
    printed = capsys.readouterr().out
    told = {(entry["part"], entry["name"]): entry for entry in json.loads(printed)}
    states = {name: told["provider", name]["state"] for name in ("otx", "virustotal", "tor")}
    assert states == {"otx": "error", "virustotal": "off", "tor": "ok"}
    assert told["provider", "virustotal"]["remarks"] == "needs virustotal_api_key"
    assert told["provider", "virustotal"]["left"].isdigit()
    assert told["feed", "Example C2"]["remarks"] == "6 entries, indexed 0 hours ago"
    assert told["database", "example-asn.mmdb"]["state"] == "ok"
    assert "canary" not in printed


def test_status_tells_of_mistakes_and_of_secrets_that_cannot_be_had(
    configured: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "msticpyconfig.yaml"
    file.write_text(
        "TIProviders:\n"
        "  OTX: {Primary: false, Args: {AuthKey: {EnvironmentVar: NOT_SET}}}\n"
        "  GreyNoise: {Primary: perhaps}\n"
    )
    configured.setenv("MSTICPYCONFIG", str(file))
    configured.setenv("HUNT_SECRETS_DIR", str(tmp_path))
    default.cache_clear()
    try:
        assert main(["status"]) == 1
    finally:
        default.cache_clear()
    where = f"set the environment variable NOT_SET, or put it into the file {tmp_path}/NOT_SET"
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"secret otx_api_key: {where}",
        f"{file}: TIProviders.GreyNoise.Primary: must be true or false",
    ]


@pytest.mark.parametrize("observable", ["10.0.0.1", "198.51.100.200", "dc1.contoso.com"])
def test_lookup_tells_that_what_is_internal_is_not_asked(
    configured: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], observable: str
) -> None:
    configured.setenv("HUNT_INTERNAL", "contoso.com")
    configured.setenv("HUNT_TI_PROVIDERS", "otx")
    assert main(["lookup", observable]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "status   complete; providers are not asked: it is private, reserved or internal"
    )


def test_lookup_tells_that_nothing_is_set_up(
    configured: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lookup", "0" * 64, "--ti=off"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == ("status   off: nobody is asked")


def test_status_works_where_nothing_is_asked(
    configured: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status"]) == 0
    assert sources.sources().feeds is not None
