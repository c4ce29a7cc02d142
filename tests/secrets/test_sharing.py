"""Processes that ask for the secrets of a Key Vault through the one that keeps them."""

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from app.secrets import MissingSecretError, Secret, Secrets
from app.secrets.errors import AbsentError, NotHereError, UnavailableError
from app.secrets.keyvault import Fetch, Version

ENVIRONMENT = {"HUNT_KEYVAULT_URL": "https://hunt.vault.azure.net", "HUNT_SECRETS_DIR": "/nowhere"}
EXPIRES = datetime(2020, 1, 2, tzinfo=UTC)


class Scene:
    """The service's secrets, and those of a search, which cannot ask a vault by itself."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.asked: list[str] = []
        self.answer: str | Exception = "first"
        self.ours = Secrets(ENVIRONMENT, self._connect, lambda: self.now)

    def _connect(self, url: str) -> Fetch:
        def fetch(name: str, version: str) -> Version:
            self.asked.append(f"{url}/{name}/{version}")
            if isinstance(self.answer, Exception):
                raise self.answer
            return Version(Secret(self.answer), self.answer, EXPIRES)

        return fetch

    def search(self, keys: socket.socket) -> Secrets:
        theirs = Secrets(ENVIRONMENT, _nobody)
        theirs.ask_through(keys)
        return theirs


def _nobody(url: str) -> Fetch:
    raise AssertionError(f"a search asks {url} by itself")


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def keys(scene: Scene) -> Iterator[socket.socket]:
    with scene.ours.shared() as end:
        yield end


def test_searches_get_what_the_service_has_fetched_once(scene: Scene, keys: socket.socket) -> None:
    got = [scene.search(keys).get("vt_key").reveal() for _ in range(5)]
    assert got == ["first"] * 5
    assert scene.asked == ["https://hunt.vault.azure.net/vt-key/"]


def test_versions_and_other_vaults_are_told_apart(scene: Scene, keys: socket.socket) -> None:
    search = scene.search(keys)
    search.get("keyvault:vt-key/v1")
    search.get("keyvault:https://other.vault.azure.net/secrets/vt-key")
    assert scene.asked == [
        "https://hunt.vault.azure.net/vt-key/v1",
        "https://other.vault.azure.net/vt-key/",
    ]


def test_value_that_is_due_is_fetched_anew(scene: Scene, keys: socket.socket) -> None:
    scene.search(keys).get("vt_key")
    scene.answer = "second"
    scene.now += 600
    assert scene.search(keys).get("vt_key").reveal() == "second"


def test_refresh_of_one_search_is_for_all_and_not_all_the_time(
    scene: Scene, keys: socket.socket
) -> None:
    one, other = scene.search(keys), scene.search(keys)
    one.get("vt_key")
    scene.answer = "second"
    for _ in range(20):
        one.refresh("vt_key")
        assert other.get("vt_key").reveal() == "first"
    scene.now += 10
    one.refresh("vt_key")
    assert other.get("vt_key").reveal() == "second"
    assert len(scene.asked) == 2


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (AbsentError("there is none"), "absent"),
        (NotHereError("it is disabled"), "unavailable"),
        (UnavailableError("the vault is down"), "unavailable"),
    ],
)
def test_failure_is_told_as_it_is(
    scene: Scene, keys: socket.socket, failure: Exception, state: str
) -> None:
    scene.answer = failure
    search = scene.search(keys)
    with pytest.raises(MissingSecretError) as raised:
        search.get("vt_key")
    assert raised.value.why == str(failure)
    [status] = search.missing()
    assert status.state == state


def test_value_of_a_vault_in_trouble_is_used_and_told(scene: Scene, keys: socket.socket) -> None:
    search = scene.search(keys)
    search.get("vt_key")
    scene.answer = UnavailableError("the vault is down")
    scene.now += 600
    assert search.get("vt_key").reveal() == "first"
    [status] = [one for one in search.status() if one.name == "vt_key"]
    assert status.why == "still used: the vault is down; expired on 2020-01-02"


def test_fork_asks_for_itself(scene: Scene, keys: socket.socket) -> None:
    search = scene.search(keys)
    child = os.fork()
    if not child:
        os._exit(int(search.get("vt_key").reveal() != "first"))
    assert os.waitpid(child, 0)[1] == 0
    assert search.get("vt_key").reveal() == "first"
    assert len(scene.asked) == 1


def test_nonsense_costs_nobody_else_anything(
    scene: Scene, keys: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    for packet in (b"x", b"[]", b"{}", b'{"vault": 1, "name": [], "version": {}}', b"x" * 5000):
        mine, theirs = socket.socketpair()
        with mine, theirs:
            socket.send_fds(keys, [packet], [theirs.fileno()])
            theirs.close()
            assert mine.recv(1) == b""
    keys.send(b"no socket to answer on")
    assert scene.search(keys).get("vt_key").reveal() == "first"
    assert "a request for a secret makes no sense (JSONDecodeError)" in caplog.text


def test_service_that_is_gone_is_told() -> None:
    scene = Scene()
    with scene.ours.shared() as end:
        left = end.dup()
    with left, pytest.raises(MissingSecretError, match="the service that asks it does not answer"):
        scene.search(left).get("vt_key")
