"""Lookups of a real service reach whom its settings name, and nobody else."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.sample.enrichment import FEEDS, GEO
from tests import guard
from tests.enrichment.provider_server import Asked, ProviderServer, Reply, provider_server
from tests.enrichment.whois.server import cymru, whois_server
from tests.running_service import RunningService, running_service

HASH = "0123456789abcdef" * 4
# Addresses and names that may leave; none of them is ever reached.
PUBLIC = ("45.77.65.212", "8.8.8.8", "files.contoso.com")
INTERNAL = ("10.1.2.3", "203.0.113.211", "fe80::1", "c2.example.org", "dc1.corp.contoso.com")
DATA = "text\n" + "\n".join([HASH, *PUBLIC, *INTERNAL]) + "\n"
COMMAND = (
    "ParentCommandLine\npowershell iwr http://files.contoso.com/a.ps1; iwr http://8.8.8.8/b;"
    " iwr http://10.1.2.3/c; iwr http://dc1.corp.contoso.com/d\n"
)


@dataclass
class Scene:
    """A server that stands for every provider, one for whois, and what the service reached."""

    provider: ProviderServer
    whois: str
    folder: Path

    def service(self, **changes: str) -> AbstractContextManager[RunningService]:
        environment = {
            **guard.variables(self.folder / "reached"),
            "HUNT_FEEDS": str(FEEDS),
            "HUNT_GEO": str(GEO),
            "HUNT_WHOIS": self.whois,
            "HUNT_INTERNAL": "corp.contoso.com",
            "HUNT_TI_SECONDS": "5",
            "VIRUSTOTAL_API_KEY": "invented",
            "GREYNOISE_API_KEY": "invented",
            "OTX_API_KEY": "invented",
            "REQUESTS_CA_BUNDLE": str(self.provider.authority),
            "HTTPS_PROXY": self.provider.url,
            "NO_PROXY": "",
        }
        return running_service(**{**environment, **changes})

    @property
    def reached(self) -> set[str]:
        return set(guard.reached(self.folder / "reached")) - {"resolve 127.0.0.1"}


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with (
        provider_server(
            tmp_path, ["www.virustotal.com", "api.greynoise.io", "otx.alienvault.com"]
        ) as provider,
        whois_server(cymru) as (host, port),
    ):
        provider.answer = lambda _: Reply(404, b"{}")
        yield Scene(provider, f"{host}:{port}", tmp_path)


def rows(answer: dict) -> list[dict[str, str]]:
    assert answer["status"] == "success", answer["message"]
    return list(csv.DictReader(io.StringIO(answer["results"])))


def test_lookups_reach_whom_the_settings_name(scene: Scene) -> None:
    with scene.service() as service:
        rows(service.fit(DATA, "ti_lookup", "a", params={"ti": "all"}))
        rows(service.fit(DATA, "ip_context", "b", params={"whois": "on"}))
        rows(service.fit(COMMAND, "powershell_ioc", "c", params={"ti": "all", "whois": "on"}))
        rows(service.fit(DATA, "ioc_extract", "d"))
    assert scene.reached == {scene.whois, scene.provider.url.removeprefix("http://")}
    asked = {connected.removesuffix(":443") for connected in scene.provider.connected}
    assert asked == {"www.virustotal.com", "api.greynoise.io", "otx.alienvault.com"}
    sent = "\n".join(_text(one) for one in scene.provider.asked)
    assert all(text in sent for text in (HASH, "8.8.8.8", "files.contoso.com"))
    assert not [text for text in INTERNAL if text in sent]


def _text(asked: Asked) -> str:
    return f"{asked.url} {json.dumps(dict(asked.headers))} {asked.body!r}"


def test_searches_that_are_local_reach_nobody(scene: Scene) -> None:
    with scene.service() as service:
        rows(service.fit(DATA, "ti_lookup", "a", params={"ti": "local"}))
        rows(service.fit(DATA, "ti_lookup", "b", params={"ti": "off"}))
        rows(service.fit(DATA, "ip_context", "c", params={"whois": "off"}))
        rows(service.fit(COMMAND, "powershell_ioc", "d", params={"ti": "local", "whois": "off"}))
        rows(service.fit(DATA, "ioc_extract", "e"))
    assert scene.reached == set()


def test_lookup_that_goes_elsewhere_is_noticed(scene: Scene) -> None:
    """The guard sees the processes of searches: without the proxy, providers' names resolve."""
    with scene.service(HTTPS_PROXY="", HUNT_TI_PROVIDERS="virustotal") as service:
        rows(service.fit(f"hash\n{HASH}\n", "ti_lookup", "a"))
        module = service.module(
            "elsewhere",
            """
            import socket, subprocess, sys

            CODE = "import socket; socket.socket().connect(('192.0.2.2', 443))"

            def init(df, param):
                try:
                    socket.socket().connect(("192.0.2.1", 443))
                except RuntimeError:
                    subprocess.run([sys.executable, "-c", CODE], stderr=subprocess.DEVNULL)

            def fit(model, df, param): pass
            def save(model, name): pass
            def apply(model, df, param): return df
            """,
        )
        rows(service.fit("x\n1\n", module, "b"))
    assert scene.reached == {"resolve www.virustotal.com", "192.0.2.1:443", "192.0.2.2:443"}
