"""Events to Azure Monitor's Logs Ingestion API, with a token from azure-identity itself."""

import gzip
import json

import pandas as pd
import pytest

from app.splunk import sentinel
from app.splunk.errors import SplunkError
from app.splunk.hec import Pushed
from tests.splunk.tls_server import Quiet, serving


class Ingestion:
    """What the endpoint got, and what it answers: `answers` first, then 204."""

    def __init__(self):
        self.answers, self.paths, self.tokens, self.events = [], [], [], []


@pytest.fixture
def ingestion(service_principal, tmp_path, monkeypatch):
    got = Ingestion()

    class Endpoint(Quiet):
        def do_POST(self):  # noqa: N802
            content = gzip.decompress(self.body())
            got.paths.append(self.path)
            got.tokens.append(self.headers["Authorization"])
            status = got.answers.pop(0) if got.answers else 204
            if status == 204:
                got.events.append(json.loads(content))
            self.answer(status, b"", Retry_After="0")

    with serving(Endpoint, tmp_path) as (port, ca):
        both = tmp_path / "both.pem"
        both.write_text(ca.read_text() + service_principal.authority.read_text())
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(both))
        monkeypatch.setenv("SRV_DIR", str(tmp_path / "srv"))
        monkeypatch.setenv("HUNT_SENTINEL_ENDPOINT", f"https://127.0.0.1:{port}/")
        monkeypatch.setenv("HUNT_SENTINEL_RULE", "dcr-0123")
        monkeypatch.setenv("HUNT_SENTINEL_STREAM", "Custom-Hunt_CL")
        yield got


def test_frame_arrives_with_a_token_of_azure(ingestion, service_principal):
    frame = pd.DataFrame({"_time": ["2026-01-01T00:00:00Z"], "x": [1], "empty": [None]})
    assert sentinel.push_frame(frame) == Pushed(sent=1)
    time = "2026-01-01T00:00:00Z"
    assert ingestion.events == [
        [{"TimeGenerated": "2026-01-01T00:00:00+00:00", "_time": time, "x": 1}]
    ]
    assert ingestion.tokens == [f"Bearer {service_principal.tokens[-1]}"]
    assert ingestion.paths == [
        "/dataCollectionRules/dcr-0123/streams/Custom-Hunt_CL?api-version=2023-01-01"
    ]


def test_seconds_become_the_time_that_azure_reads(ingestion):
    sentinel.push([{"_time": "1767225600.5"}, {"_time": "2026-01-01T01:00:00+01:00"}])
    times = [event["TimeGenerated"] for event in ingestion.events[0]]
    assert times == ["2026-01-01T00:00:00.500000+00:00", "2026-01-01T00:00:00+00:00"]


def test_events_go_in_batches_below_a_megabyte(ingestion):
    assert sentinel.push({"n": n, "pad": "x" * 300_000} for n in range(5)) == Pushed(sent=5)
    assert [len(batch) for batch in ingestion.events] == [2, 2, 1]


def test_busy_azure_gets_the_events_once(ingestion):
    ingestion.answers = [429, 503]
    assert sentinel.push([{"n": 1}]) == Pushed(sent=1)
    assert [event["n"] for batch in ingestion.events for event in batch] == [1]


def test_azure_that_stays_busy_gets_the_events_later(ingestion):
    ingestion.answers = [503] * 4
    assert sentinel.push([{"n": 1}]) == Pushed(spooled=1)
    assert sentinel.push([{"n": 2}]) == Pushed(sent=1)
    assert [event["n"] for batch in ingestion.events for event in batch] == [1, 2]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "lacks the role Monitoring Metrics Publisher"),
        (404, "immutable id"),
        (400, "declares"),
    ],
)
def test_refusal_is_explained(ingestion, status, said):
    ingestion.answers = [status]
    with pytest.raises(SplunkError, match=said):
        sentinel.push([{"n": 1}])


def test_identity_that_is_refused_is_told_without_secrets(ingestion, service_principal):
    service_principal.refuse_identity = service_principal.quotes = True
    with pytest.raises(SplunkError, match="Azure gives this service no token") as refused:
        sentinel.push([{"n": 1}])
    assert "nobody-may-see" not in str(refused.value)


def test_file_and_folder_arrive(ingestion, tmp_path):
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "a.log").write_text("a line\n")
    (folder / "b.csv").write_text("x\n1\n")
    assert sentinel.push_folder(folder) == Pushed(sent=2)
    line, row = ingestion.events[0]
    assert (line["RawData"], row["x"]) == ("a line", "1")


@pytest.mark.parametrize(
    ("endpoint", "scope"),
    [
        (
            "https://hunt-abcd.westeurope-1.ingest.monitor.azure.com",
            "https://monitor.azure.com/.default",
        ),
        (
            "https://hunt-abcd.usgovvirginia-1.ingest.monitor.azure.us",
            "https://monitor.azure.us/.default",
        ),
    ],
)
def test_clouds_have_their_own_audience(endpoint, scope, tmp_path):
    assert sentinel.Rule(endpoint, "dcr", "s", tmp_path).scope == scope


def test_nothing_set_up_says_what_to_set():
    with pytest.raises(SplunkError, match="set HUNT_SENTINEL_ENDPOINT, HUNT_SENTINEL_RULE"):
        sentinel.push([])
