"""A Key Vault on this machine, and a guard that nothing else is reached."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.keyvault.secrets._shared import http_challenge_cache

from tests.secrets import azure_server
from tests.secrets.azure_server import CLIENT_SECRET, IDENTITY_HEADER, TENANT, Azure

_LOCAL = ("hunt.vault.test", "other.vault.test", "evil.test", "login.test", "127.0.0.1")


@pytest.fixture(autouse=True)
def _only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of the tests are this machine; others are unknown, and others cannot be reached."""
    resolve, connect = socket.getaddrinfo, socket.socket.connect

    def resolved(host: str, *arguments: object, **more: object) -> object:
        if host not in _LOCAL:
            raise AssertionError(f"somebody wants to reach {host}")
        return resolve("127.0.0.1", *arguments, **more)

    def connected(self: socket.socket, address: tuple[str, int]) -> None:
        assert address[0] == "127.0.0.1", f"somebody wants to reach {address}"
        connect(self, address)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    monkeypatch.setattr(socket.socket, "connect", connected)


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No identity, vault, proxy or secret of who runs the tests."""
    for name in os.environ:
        if name.lower().endswith("_proxy") or name.startswith(
            ("AZURE_", "IDENTITY_", "HUNT_", "MSI_")
        ):
            monkeypatch.delenv(name)
    monkeypatch.delenv("MSTICPYCONFIG", raising=False)
    monkeypatch.delenv("api_token", raising=False)
    monkeypatch.setenv("HUNT_SECRETS_DIR", str(tmp_path / "run-secrets"))


@pytest.fixture(scope="session")
def _running_azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azure]:
    with azure_server.running(tmp_path_factory.mktemp("azure")) as azure:
        yield azure


@pytest.fixture
def azure(_running_azure: Azure, monkeypatch: pytest.MonkeyPatch) -> Azure:
    """A vault with one secret of two versions, and the environment that leads to it."""
    fresh = Azure(port=_running_azure.port, authority=_running_azure.authority)
    _running_azure.__dict__.update(fresh.__dict__)
    http_challenge_cache.clear()  # so that each test begins as a new process does
    _running_azure.secrets["virustotal-api-key"] = {"v1": "old value", "v2": "the value of vt"}
    monkeypatch.setenv("HUNT_KEYVAULT_URL", _running_azure.vault)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(_running_azure.authority))
    return _running_azure


@pytest.fixture
def service_principal(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> Azure:
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", azure.login)
    monkeypatch.setenv("AZURE_TENANT_ID", TENANT)
    monkeypatch.setenv("AZURE_CLIENT_ID", "hunt")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", CLIENT_SECRET)
    return azure


@pytest.fixture
def managed_identity(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> Azure:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{azure.login}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
    return azure
