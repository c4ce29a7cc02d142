"""No test of the enrichment reaches anything but this machine."""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.enrichment import catalogue, transport
from tests.enrichment import recorded_answers
from tests.enrichment.configured import configured
from tests.enrichment.provider_server import ProviderServer, provider_server

__all__ = ["configured"]


class OutsideError(Exception):
    """A test tried to reach another machine. No OSError: nothing may take it for a bad network."""


def _check(host: object) -> None:
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "", "localhost"):
        return
    try:
        local = ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        local = False
    if not local:
        raise OutsideError(f"a test tried to reach {host!r}")


@pytest.fixture(autouse=True)
def socket_guard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Fails whatever connects, sends or resolves beyond loopback; gives the hosts asked for."""
    asked: list[object] = []

    def guarded(method: str) -> Any:
        original = getattr(socket.socket, method)

        def call(self: socket.socket, *args: Any) -> Any:
            if self.family != socket.AF_UNIX:
                asked.append(args[-1][0])
                _check(args[-1][0])
            return original(self, *args)

        return call

    resolve = socket.getaddrinfo

    def resolve_local(host: Any, *args: Any, **options: Any) -> Any:
        _check(host)
        return resolve(host, *args, **options)

    for method in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, method, guarded(method))
    monkeypatch.setattr(socket, "getaddrinfo", resolve_local)
    yield asked
    outside = [host for host in asked if not _is_local(host)]
    assert not outside, f"reached {outside}"


def _is_local(host: object) -> bool:
    try:
        _check(host)
    except OutsideError:
        return False
    return True


@pytest.fixture(scope="session")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderServer]:
    with provider_server(tmp_path_factory.mktemp("authority"), _hosts()) as server:
        yield server


@pytest.fixture
def server(_server: ProviderServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProviderServer]:
    """A server that stands for all providers; this test's environment leads to it."""
    for name in ("HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("HTTPS_PROXY", _server.url)
    monkeypatch.setenv("https_proxy", _server.url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(_server.authority))
    _server.asked.clear()
    _server.connected.clear()
    yield _server
    transport.close()


def _hosts() -> list[str]:
    urls = [
        url
        for provider in catalogue.load().values()
        for url in (
            *(lookup.url for lookup in provider.lookups),
            *((provider.oauth2.url,) if provider.oauth2 else ()),
            *recorded_answers.OWN_SERVERS.values(),
        )
    ]
    hosts = {urlsplit(url).hostname or "" for url in urls if url.startswith("https://")}
    return sorted({"ti.example.org", *(f"ti{number}.example.org" for number in range(5)), *hosts})
