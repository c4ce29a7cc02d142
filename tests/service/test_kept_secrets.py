"""Keys in a Key Vault: the service keeps them for its searches, which are a process each."""

import csv
import io
import itertools
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from tests import guard
from tests.enrichment.provider_server import Asked, ProviderServer, Reply, provider_server
from tests.running_service import RunningService, running_service, wait_until
from tests.secrets import azure_server
from tests.secrets.azure_server import CLIENT_SECRET, TENANT, Azure

PROVIDER = {
    "rate": {"requests": 100, "seconds": 1},
    "lookups": [
        {
            "kinds": ["sha256"],
            "url": "https://own.example.org/{value}",
            "headers": {"key": "{secret:own_key}"},
            "answer": {
                "hit": "answer.score",
                "verdict": {"malicious": "answer.score > `50`"},
                "score": "answer.score",
            },
        }
    ],
}
ASKED = "/secrets/own-key/"


@dataclass
class Scene:
    """A service, the vault of its keys, and the provider that accepts one of them."""

    vault: Azure
    provider: ProviderServer
    folder: Path
    accepted: str = "key-1"
    delay: float = 0
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.vault.secrets["own-key"] = {"v1": "key-1"}
        self.provider.answer = self._answer
        (self.folder / "own.yaml").write_text(yaml.safe_dump(PROVIDER))
        trusted = self.vault.authority.read_text() + self.provider.authority.read_text()
        (self.folder / "trusted.pem").write_text(trusted)

    def _answer(self, asked: Asked) -> Reply:
        if asked.headers["key"] != self.accepted:
            return Reply(401, b"{}")
        return Reply(200, json.dumps({"score": 90}).encode(), delay=self.delay)

    def service(self, **changes: str) -> AbstractContextManager[RunningService]:
        environment = {
            **guard.variables(self.folder / "reached"),
            "HUNT_TI_PROVIDER_FOLDER": str(self.folder),
            "HUNT_TI_PROVIDERS": "own",
            "HUNT_KEYVAULT_URL": self.vault.vault,
            "HUNT_SECRETS_DIR": str(self.folder / "none"),
            "AZURE_AUTHORITY_HOST": self.vault.login,
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": "hunt",
            "AZURE_CLIENT_SECRET": CLIENT_SECRET,
            "REQUESTS_CA_BUNDLE": str(self.folder / "trusted.pem"),
            "HTTPS_PROXY": self.provider.url,
            "NO_PROXY": ".test",
        }
        return running_service(**{**environment, **changes})

    def search(self, service: RunningService, number: int = 0) -> tuple[str, str]:
        """The verdict on something, by default new, and what went wrong."""
        number = number or next(self.numbers)
        data = f"sha256\n{number:a>64x}\n"
        answer = service.fit(data, "ti_lookup", f"model{number}")
        [row] = csv.DictReader(io.StringIO(answer["results"]))
        return row["ti_verdict"], row["ti_errors"]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    (tmp_path / "vault").mkdir()
    (tmp_path / "provider").mkdir()
    with (
        azure_server.running(tmp_path / "vault") as vault,
        provider_server(tmp_path / "provider", ["own.example.org"]) as provider,
    ):
        yield Scene(vault, provider, tmp_path)


def test_key_is_fetched_once_and_followed_when_it_is_rotated(scene: Scene) -> None:
    """And a wrong one costs the vault little, however many searches are refused."""
    with scene.service(HUNT_SECRETS_SECONDS="60") as service:
        with ThreadPoolExecutor(4) as pool:
            assert (
                list(pool.map(lambda _: scene.search(service), range(8))) == [("malicious", "")] * 8
            )
        assert scene.vault.asked.count(ASKED) == 1
        assert {asked.headers["key"] for asked in scene.provider.asked} == {"key-1"}

        scene.accepted = "key-2"
        wait_until(lambda: "own: HTTP 401" in scene.search(service)[1])
        scene.vault.secrets["own-key"]["v2"] = "key-2"
        refused = len(scene.provider.asked)
        wait_until(lambda: scene.search(service) == ("malicious", ""))
        assert scene.vault.asked.count(ASKED) <= 3
        assert len(scene.provider.asked) > refused
    assert guard.reached(scene.folder / "reached").keys() <= {
        f"127.0.0.1:{scene.vault.port}",
        scene.provider.url.removeprefix("http://"),
        "resolve 127.0.0.1",
        "resolve hunt.vault.test",
        "resolve login.test",
    }
    shown = [*service.log, *(path.read_text("latin-1") for path in _files(service.srv))]
    assert not [text for text in shown if "key-1" in text or "key-2" in text]


def test_vault_that_comes_later_is_used_without_a_restart(scene: Scene) -> None:
    scene.vault.replies = [azure_server.error(503, "Unavailable", Retry_After="1")] * 1000
    with scene.service() as service:
        assert "the secret 'own_key' is missing" in service.logged("is missing")
        verdict, errors = scene.search(service)
        assert verdict == "unknown"
        assert "own: the secret 'own_key' is missing" in errors
        scene.vault.replies.clear()
        wait_until(lambda: scene.search(service) == ("malicious", ""))


def test_lookups_that_are_late_use_the_same_keys(scene: Scene) -> None:
    scene.delay = 1.5
    with scene.service(HUNT_TI_SECONDS="1") as service:
        assert "not ready within 1 s" in scene.search(service, 77)[1]
        wait_until(lambda: scene.search(service, 77) == ("malicious", ""))
    assert scene.vault.asked.count(ASKED) == 1


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
