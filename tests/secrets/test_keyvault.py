"""When a vault is asked, and when what it gave is used."""

import threading
from datetime import UTC, datetime

import pytest

from app.secrets import Secret
from app.secrets.errors import AbsentError, NotHereError, UnavailableError
from app.secrets.keyvault import Vault, Version


class Scene:
    """A vault with a clock, and what it answers: each answer is given until the next is set."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.asked = 0
        self.answer: str | Exception = "first"
        self.expires: datetime | None = None
        self.vault = Vault(self._fetch, 600, lambda: self.now)

    def _fetch(self, name: str, version: str) -> Version:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return Version(Secret(self.answer), version or self.answer, self.expires)

    def get(self) -> str:
        return self.vault.get("vt").value.reveal()

    def later(self, seconds: float, answer: str | Exception | None = None) -> None:
        self.now += seconds
        self.answer = answer or self.answer


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_value_is_kept_for_its_time(scene: Scene) -> None:
    assert scene.get() == "first"
    scene.later(599, "second")
    assert (scene.get(), scene.asked) == ("first", 1)
    scene.later(1)
    assert (scene.get(), scene.asked) == ("second", 2)


def test_refresh_fetches_the_newest_but_not_all_the_time(scene: Scene) -> None:
    scene.get()
    scene.later(9, "second")
    scene.vault.refresh("vt")
    assert (scene.get(), scene.asked) == ("first", 1)
    scene.later(1)
    scene.vault.refresh("vt")
    assert (scene.get(), scene.asked) == ("second", 2)


def test_refresh_of_what_was_never_asked_for_does_nothing(scene: Scene) -> None:
    scene.vault.refresh("vt")
    assert scene.asked == 0


def test_versions_are_kept_apart(scene: Scene) -> None:
    scene.get()
    scene.answer = "old"
    assert scene.vault.get("vt", "v1") == Version(Secret("old"), "v1")
    assert scene.get() == "first"


@pytest.mark.parametrize("refusal", [NotHereError("disabled"), AbsentError("not there")])
def test_refusal_is_kept_for_two_minutes(scene: Scene, refusal: Exception) -> None:
    scene.answer = refusal
    for _ in range(3):
        with pytest.raises(type(refusal), match=str(refusal)):
            scene.get()
    assert scene.asked == 1
    scene.later(120, "there")
    assert (scene.get(), scene.asked) == ("there", 2)


def test_refusal_ends_a_value(scene: Scene) -> None:
    scene.get()
    scene.later(600, NotHereError("disabled"))
    with pytest.raises(NotHereError):
        scene.get()


def test_value_is_used_for_a_day_while_the_vault_cannot_be_asked(scene: Scene) -> None:
    scene.get()
    scene.later(600, UnavailableError("down"))
    assert (scene.get(), scene.vault.trouble) == ("first", "down")
    scene.later(86_400 - 601)
    assert scene.get() == "first"
    scene.later(1)
    with pytest.raises(UnavailableError, match="down"):
        scene.get()


def test_vault_that_cannot_be_asked_is_left_alone_ever_longer(scene: Scene) -> None:
    scene.answer = UnavailableError("down")
    asked_at = []
    for _ in range(2000):
        before = scene.asked
        with pytest.raises(UnavailableError, match="down"):
            scene.get()
        if scene.asked > before:
            asked_at.append(scene.now - 1000)
        scene.later(1)
    assert asked_at == [0, 5, 15, 35, 75, 155, 315, 615, 915, 1215, 1515, 1815]


def test_pause_is_told(scene: Scene) -> None:
    scene.answer = UnavailableError("down")
    with pytest.raises(UnavailableError, match=r"^down$"):
        scene.get()
    scene.later(2)
    with pytest.raises(UnavailableError, match=r"^down; it is asked again in 3 s$"):
        scene.get()


@pytest.mark.parametrize(("wait", "pause"), [(0, 1), (30, 30), (300, 300), (86_400, 300)])
def test_wish_to_be_left_alone_is_honoured_within_bounds(
    scene: Scene, wait: float, pause: float
) -> None:
    scene.answer = UnavailableError("too often", wait)
    with pytest.raises(UnavailableError):
        scene.get()
    scene.later(pause - 0.5, "there")
    with pytest.raises(UnavailableError):
        scene.get()
    assert scene.asked == 1
    scene.later(0.5)
    assert (scene.get(), scene.vault.trouble) == ("there", "")


def test_pause_counts_for_all_secrets_of_the_vault(scene: Scene) -> None:
    scene.answer = UnavailableError("down")
    for name in ("a", "b", "c"):
        with pytest.raises(UnavailableError):
            scene.vault.get(name)
    assert scene.asked == 1


def test_trouble_is_logged_once(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    scene.answer = UnavailableError("down")
    for _ in range(100):
        with pytest.raises(UnavailableError):
            scene.get()
        scene.later(10)
    assert caplog.messages == ["down"]


def test_new_version_and_expiry_are_logged(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    scene.get()
    scene.expires = datetime(2024, 1, 31, tzinfo=UTC)
    scene.later(600, "second")
    scene.get()
    assert caplog.messages == [
        "the secret 'vt' has a new version in its Key Vault",
        "the secret 'vt' expired on 2024-01-31",
    ]


def test_threads_that_want_one_secret_ask_once() -> None:
    asked, start = [], threading.Barrier(8)

    def fetch(name: str, version: str) -> Version:
        asked.append(name)
        return Version(Secret("value"), "v1")

    vault, got = Vault(fetch, 600), []

    def get() -> None:
        start.wait()
        got.append(vault.get("vt").value.reveal())

    threads = [threading.Thread(target=get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (asked, got) == (["vt"], ["value"] * 8)


def test_old_value_is_used_while_another_thread_asks() -> None:
    scene, entered, leave = Scene(), threading.Event(), threading.Event()

    def fetch(name: str, version: str) -> Version:
        if scene.now > 1000:
            entered.set()
            leave.wait(10)
        return Version(Secret(f"at {scene.now:.0f}"), "v1")

    vault = Vault(fetch, 600, lambda: scene.now)
    vault.get("vt")
    scene.later(600)
    slow = threading.Thread(target=vault.get, args=("vt",))
    slow.start()
    entered.wait(10)
    assert vault.get("vt").value.reveal() == "at 1000"
    leave.set()
    slow.join()
    assert vault.get("vt").value.reveal() == "at 1600"
