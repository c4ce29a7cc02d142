"""Lookups that outlive the process of their search."""

import csv
import io
import json
from pathlib import Path

import yaml

from tests.enrichment.provider_server import Reply, provider_server
from tests.running_service import RunningService, running_service, wait_until

HASH = "0123456789abcdef" * 4
PROVIDER = {
    "rate": {"requests": 100, "seconds": 1},
    "lookups": [
        {
            "kinds": ["sha256"],
            "url": "https://slow.example.org/{value}",
            "answer": {
                "hit": "answer.score",
                "verdict": {"malicious": "answer.score > `50`"},
                "score": "answer.score",
            },
        }
    ],
}


def told(service: RunningService) -> tuple[str, str]:
    answer = service.apply(f"sha256\n{HASH}\n", "ti_lookup", "late")
    [row] = csv.DictReader(io.StringIO(answer["results"]))
    return row["ti_status"], row["ti_verdict"]


def test_what_is_late_is_there_for_the_next_search(tmp_path: Path) -> None:
    (tmp_path / "slow.yaml").write_text(yaml.safe_dump(PROVIDER))
    with provider_server(tmp_path, ["slow.example.org"]) as server:
        server.answer = lambda _: Reply(body=json.dumps({"score": 90}).encode(), delay=2.5)
        with running_service(
            HUNT_TI_PROVIDER_FOLDER=str(tmp_path),
            HUNT_TI_PROVIDERS="slow",
            HUNT_TI_SECONDS="1",
            HTTPS_PROXY=server.url,
            REQUESTS_CA_BUNDLE=str(server.authority),
        ) as service:
            fitted = service.fit(f"sha256\n{HASH}\n", "ti_lookup", "late")
            assert "partial" in fitted["results"], fitted
            wait_until(lambda: told(service) == ("complete", "malicious"))
            asked = len(server.asked)
            assert told(service) == ("complete", "malicious")
            assert len(server.asked) == asked
