"""What every store promises; SQLite always, Redis where the package and a server are installed."""

import contextlib
import importlib.util
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from app.enrichment.sqlite_store import SqliteStore
from app.enrichment.store import Limits, Store, StoreError, open_store

ROOT = Path(__file__).parents[2]
TWO_A_MINUTE = Limits(2, 60)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = shutil.which("redis-server")
    if not program or not importlib.util.find_spec("redis"):
        pytest.skip("needs the package redis and a redis-server")
    socket = tmp_path_factory.mktemp("redis") / "socket"
    command = [program, "--port", "0", "--unixsocket", str(socket), "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while not socket.exists():
            time.sleep(0.01)
        yield f"unix://{socket}"
        process.terminate()


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "sqlite":
        return open_store(tmp_path)
    return open_store(tmp_path, request.getfixturevalue("redis_url"))


@pytest.fixture
def name() -> str:
    """A name that no other test uses: a Redis outlives them."""
    return uuid.uuid4().hex


def test_store_keeps_texts_by_space(store: Store, name: str) -> None:
    texts = {f"key {number} ü": f"text {number} ü" for number in range(1200)}
    store.put_many(name, texts, 60)
    store.put_many(f"{name}-other", {"key 1 ü": "other"}, 60)
    assert store.get_many(name, [*texts, "none"]) == texts
    assert store.get_many(f"{name}-other", texts) == {"key 1 ü": "other"}
    assert store.get_many(name, []) == {}


def test_store_replaces_texts(store: Store, name: str) -> None:
    store.put_many(name, {"a": "1", "b": "1"}, 60)
    store.put_many(name, {"a": "2"}, 60)
    assert store.get_many(name, ["a", "b"]) == {"a": "2", "b": "1"}


def test_store_gives_a_claim_once(store: Store, name: str) -> None:
    assert store.claim(name, "a", 60)
    assert not store.claim(name, "a", 60)
    assert store.claim(name, "b", 60)
    store.release(name, "a")
    assert store.claim(name, "a", 60)


def test_store_release_leaves_the_claim_of_another(
    request: pytest.FixtureRequest, store: Store, tmp_path: Path, name: str
) -> None:
    redis = request.node.callspec.params["store"] == "redis"
    other = open_store(tmp_path, request.getfixturevalue("redis_url") if redis else "")
    assert store.claim(name, "a", 0.001)
    while not other.claim(name, "a", 60):  # until the first has expired
        time.sleep(0.001)
    store.release(name, "a")
    assert not store.claim(name, "a", 60)
    other.release(name, "a")
    assert store.claim(name, "a", 60)


def test_store_gives_a_claim_to_one_of_many(store: Store, name: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda number: store.claim(name, str(number % 10), 60), range(80)))
    assert sum(claims) == 10


def test_store_admits_as_many_as_the_rate_allows(store: Store, name: str) -> None:
    waits = [store.admit(name, TWO_A_MINUTE, 0, 600) for _ in range(5)]
    assert [wait and round(wait) for wait in waits] == [0, 0, 60, 60, 120]
    assert store.counted(name) == 5


def test_store_admits_nobody_whose_patience_is_too_short(store: Store, name: str) -> None:
    assert [store.admit(name, TWO_A_MINUTE, 0, 30) for _ in range(3)][2] is None
    assert store.counted(name) == 2
    assert round(store.admit(name, TWO_A_MINUTE, 0, 90) or 0) == 60


def test_store_admits_nobody_before_it_is_allowed(store: Store, name: str) -> None:
    assert round(store.admit(name, TWO_A_MINUTE, 17, 30) or 0) == 17
    assert store.admit(name, TWO_A_MINUTE, 31, 30) is None


def test_store_admits_until_the_quota_is_used_up(store: Store, name: str) -> None:
    limits = Limits(10, 1, quota=3)
    admitted = [store.admit(name, limits, 0, 10) is not None for _ in range(5)]
    assert admitted == [True, True, True, False, False]
    assert store.counted(name) == 3


def test_store_admits_no_more_among_many_threads(store: Store, name: str) -> None:
    limits = Limits(5, 60, quota=12)
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: store.admit(name, limits, 0, 600), range(20)))
    assert (
        sorted(round(wait) for wait in waits if wait is not None) == [0] * 5 + [60] * 5 + [120] * 2
    )


def test_store_counts(store: Store, name: str) -> None:
    assert store.counted(name) == 0
    store.count(name, 3)
    store.count(name, 4)
    assert store.counted(name) == 7


class Clock:
    """A time that tests move."""

    def __init__(self) -> None:
        self.now = 1_735_689_500.0  # 100 s before a new day in UTC

    def __call__(self) -> float:
        return self.now


def test_sqlite_store_forgets_with_time(tmp_path: Path) -> None:
    clock = Clock()
    store = SqliteStore(tmp_path / "s", clock)
    store.put_many("a", {"x": "1"}, 10)
    store.put_many("a", {"y": "1"}, 1000)
    assert store.claim("c", "k", 10)
    clock.now += 10
    assert store.get_many("a", ["x", "y"]) == {"y": "1"}
    assert store.claim("c", "k", 10)
    clock.now += 700
    store.put_many("a", {"z": "1"}, 10)
    with sqlite3.connect(tmp_path / "s") as connection:
        assert connection.execute("SELECT key FROM texts ORDER BY key").fetchall() == [
            ("y",),
            ("z",),
        ]
    connection.close()


def test_sqlite_store_uses_a_rate_fully(tmp_path: Path) -> None:
    clock = Clock()
    store = SqliteStore(tmp_path / "s", clock)
    waits = []
    for _ in range(6):
        waits.append(store.admit("a", TWO_A_MINUTE, 0, 600))
        clock.now += 25
    assert waits == [0, 0, 10, 10, 20, 20]


def test_sqlite_store_begins_a_new_quota_every_day(tmp_path: Path) -> None:
    clock = Clock()
    store = SqliteStore(tmp_path / "s", clock)
    limits = Limits(10, 1, quota=1)
    assert store.admit("a", limits, 0, 10) == 0
    assert store.admit("a", limits, 0, 10) is None
    clock.now += 101
    assert store.counted("a") == 0
    assert store.admit("a", limits, 0, 10) == 0


def test_sqlite_store_survives_a_restart_and_is_private(tmp_path: Path) -> None:
    store = open_store(tmp_path / "new")
    store.put_many("a", {"x": "1"}, 60)
    store.count("n", 2)
    again = open_store(tmp_path / "new")
    assert (again.get_many("a", ["x"]), again.counted("n")) == ({"x": "1"}, 2)
    (path,) = (tmp_path / "new").glob("*.sqlite")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


PROCESS = """
import sys
from pathlib import Path
from app.enrichment.store import Limits, open_store
store = open_store(Path(sys.argv[1]))
claims = sum(store.claim("c", str(n), 60) for n in range(100))
for n in range(50):
    store.put_many("a", {f"{sys.argv[2]}-{n}": "x" * 100}, 60)
admitted = sum(store.admit("r", Limits(1000, 60, 100), 0, 10) is not None for _ in range(60))
print(claims, admitted)
"""


def test_sqlite_store_is_shared_by_processes(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(tmp_path), str(number)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )
        for number in range(4)
    ]  # fmt: skip
    told = [process.communicate(timeout=60)[0].split() for process in processes]
    claims, admitted = (sum(map(int, numbers)) for numbers in zip(*told, strict=True))
    keys = [f"{number}-{n}" for number in range(4) for n in range(50)]
    assert (claims, admitted) == (100, 100)
    assert len(open_store(tmp_path).get_many("a", keys)) == 200


def test_sqlite_store_that_cannot_be_used_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "lookups.sqlite").write_text("this is no database, but long enough to be one" * 10)
    with pytest.raises(StoreError) as raised:
        open_store(tmp_path).counted("a")
    assert str(raised.value) == (
        f"lookups.sqlite in {tmp_path} cannot be used (file is not a database);"
        " if it is damaged, delete it: it holds nothing but lookups"
    )


def test_sqlite_store_without_its_folder_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"lookups.sqlite in .*file.* cannot be used"):
        open_store(tmp_path / "file").counted("a")


@pytest.mark.skipif(not importlib.util.find_spec("redis"), reason="needs the package redis")
def test_redis_store_that_cannot_be_reached_tells_no_password(tmp_path: Path) -> None:
    store = open_store(tmp_path, "redis://:password@127.0.0.1:1/0")
    with pytest.raises(StoreError) as raised:
        store.counted("a")
    assert str(raised.value) == "the cache in Redis cannot be reached or used (ConnectionError)"
    with pytest.raises(StoreError, match="must begin with redis://"):
        open_store(tmp_path, "http://:password@127.0.0.1")


@pytest.mark.skipif(bool(importlib.util.find_spec("redis")), reason="the package redis is there")
def test_redis_store_without_its_package_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="needs the package redis"):
        open_store(tmp_path, "redis://127.0.0.1")


def test_sqlite_store_waits_for_who_opens_it_at_the_same_time(tmp_path: Path) -> None:
    # Whoever sets up a new file holds it like this; SQLite does not wait for it by itself.
    with contextlib.closing(sqlite3.connect(tmp_path / "lookups.sqlite")) as other:
        other.execute("BEGIN EXCLUSIVE")
        with ThreadPoolExecutor(1) as pool:
            claim = pool.submit(open_store(tmp_path).claim, "c", "k", 60)
            assert wait([claim], 0.2).not_done
            other.rollback()
            assert claim.result(10)


def test_store_gives_what_was_left_to_one_taker(store: Store, name: str) -> None:
    store.leave(name, ["a", "b", "a"], 60)
    store.leave(name, ["c"], 90)
    store.leave(f"{name}-other", ["d"], 60)
    first = store.take(name, 2)
    assert sorted([*first, *store.take(name, 2)]) == ["a", "b", "c"]
    assert len(first) == 2
    assert store.take(name, 2) == []


def test_store_forgets_what_nobody_takes(store: Store, name: str) -> None:
    store.leave(name, ["a"], 0.01)
    time.sleep(1.1)
    assert store.take(name, 2) == []


def test_store_keeps_a_bounded_number_of_what_is_left(
    store: Store, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.enrichment.sqlite_store.MAX_LEFT", 3)
    monkeypatch.setattr("app.enrichment.redis_store.MAX_LEFT", 3)
    store.leave(name, [str(number) for number in range(5)], 60)
    store.leave(name, ["last"], 90)
    taken = store.take(name, 10)
    assert len(taken) == 3
    assert "last" in taken
