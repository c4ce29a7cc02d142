"""Lookups over HTTP, as a search head asks for them; what no answer, file or log may show."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from app.sample.enrichment import FEEDS, GEO
from tests.running_service import RunningService, running_service

CANARY = "canary-7f3a9"
DATA = "dest_ip,name\n203.0.113.211,\n198.51.100.9,fileserver.example.org\n,x\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """With the bundled feeds and databases, and a canary wherever a secret can be."""
    folder = tmp_path_factory.mktemp("lookups")
    mounted = folder / "secrets"
    mounted.mkdir()
    (mounted / "greynoise_api_key").write_text(f"{CANARY}-mounted")
    (folder / "otx").write_text(f"{CANARY}-file")
    config = folder / "msticpyconfig.yaml"
    config.write_text(
        f"TIProviders: {{XForce: {{Args: {{ApiID: {CANARY}-yaml, AuthKey: {CANARY}-yaml}}}}}}\n"
    )
    with running_service(
        folder / "srv",
        HUNT_FEEDS=str(FEEDS),
        HUNT_GEO=str(GEO),
        HUNT_SECRETS_DIR=str(mounted),
        MSTICPYCONFIG=str(config),
        VIRUSTOTAL_API_KEY=f"{CANARY}-environment",
        OTX_API_KEY_FILE=str(folder / "otx"),
        REDIS_URL=f"redis://:{CANARY}@127.0.0.1:1/0",
        HUNT_TI_CACHE_REDIS="redis_url",
        # Nothing is reached: providers are asked by way of a port where nobody listens.
        HTTPS_PROXY="http://127.0.0.1:1",
        HUNT_TI_SECONDS="2",
    ) as running:
        yield running


def answered(response: dict) -> list[tuple[object, ...]]:
    assert response["status"] == "success", response["message"]
    frame = pd.read_csv(io.StringIO(response["results"]), keep_default_na=False)
    return list(frame.itertuples(index=False, name=None))


def test_ti_lookup_and_ip_context_answer_row_by_row(service: RunningService) -> None:
    assert service.fit(DATA, "ti_lookup", "ti", params={"ti": "local"})["status"] == "success"
    rows = answered(service.apply(DATA, "ti_lookup", "ti"))
    assert [row[2:7] for row in rows] == [
        ("203.0.113.211", "ipv4", "malicious", "100", "Example C2"),
        ("198.51.100.9|fileserver.example.org", "ipv4|domain", "suspicious", "40",
         "Example scanners|Our own servers"),
        ("", "", "", "", ""),
    ]  # fmt: skip
    assert service.fit(DATA, "ip_context", "where")["status"] == "success"
    rows = answered(service.apply(DATA, "ip_context", "where"))
    assert [row[1:4] for row in rows] == [
        ("64501", "US", "EXAMPLE-HOSTING"),
        ("64502", "SG", "EXAMPLE-CLOUD"),
        ("", "", ""),
    ]


@pytest.mark.parametrize("algo", ["ti_lookup", "powershell_ioc"])
def test_unknown_provider_is_an_error_that_names_those_there_are(
    service: RunningService, algo: str
) -> None:
    response = service.fit(DATA, algo, "wrong", params={"ti": "virustotl"})
    assert response["status"] == "error"
    assert "there is no provider 'virustotl'; use off, local, all" in response["message"]
    assert "virustotal" in response["message"]


def test_nothing_shows_a_secret(service: RunningService) -> None:
    data = f"hash\n{'0123456789abcdef' * 4}\n"
    shown = [json.dumps(service.fit(data, "ti_lookup", "all", params={"ti": "all"}))]
    shown += [json.dumps(service.apply(data, "ti_lookup", "all", params={"ti": "all"}))]
    assert "virustotal: " in shown[-1] or "cache: " in shown[-1]
    shown += [json.dumps(service.fit(data, "ti_lookup", "x", params={"ti": CANARY[:6]}))]
    shown += [json.dumps(service.summary()), "".join(service.log)]
    shown += [service.request(path)[1] for path in ("/", "/readyz", "/healthz", "/metrics")]
    written = [path.read_bytes() for path in _files(service.srv)]
    assert CANARY not in "".join(shown)
    assert not [text for text in written if CANARY.encode() in text]


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
