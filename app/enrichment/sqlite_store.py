"""The store in a file of SQLite, for all processes of one machine."""

import contextlib
import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from app.enrichment.store import MAX_LEFT, Limits, StoreError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS texts (
    space TEXT, key TEXT, text TEXT, expires REAL, PRIMARY KEY (space, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS texts_expire ON texts (expires);
CREATE TABLE IF NOT EXISTS requests (name TEXT, at REAL);
CREATE INDEX IF NOT EXISTS requests_at ON requests (name, at);
CREATE TABLE IF NOT EXISTS counters (
    name TEXT, day TEXT, total INTEGER, PRIMARY KEY (name, day)
) WITHOUT ROWID;
"""
_WAIT_SECONDS = 10  # for other processes that are writing
_RETRY_SECONDS = 0.01
_KEYS_AT_ONCE = 500
_SWEEP_SECONDS = 600


class SqliteStore:
    """See `store.Store`. The file is opened at the first use, by each process for itself."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        self._swept = 0.0
        self._id = uuid.uuid4().hex

    def get_many(self, space: str, keys: Iterable[str]) -> dict[str, str]:
        wanted = list(keys)
        found: dict[str, str] = {}
        with self._transaction("DEFERRED") as run:
            for start in range(0, len(wanted), _KEYS_AT_ONCE):
                some = wanted[start : start + _KEYS_AT_ONCE]
                marks = ",".join("?" * len(some))
                query = f"SELECT key, text FROM texts WHERE space = ? AND key IN ({marks}) AND expires > ?"  # noqa: S608, E501
                found.update(run(query, (space, *some, self._clock())))
        return found

    def put_many(self, space: str, texts: Mapping[str, str], seconds: float) -> None:
        now = self._clock()
        with self._transaction() as run:
            for key, text in texts.items():
                values = (space, key, text, now + seconds)
                run("INSERT OR REPLACE INTO texts VALUES (?, ?, ?, ?)", values)
            if now > self._swept + _SWEEP_SECONDS:
                run("DELETE FROM texts WHERE expires <= ?", (now,))
                self._swept = now

    def claim(self, space: str, key: str, seconds: float) -> bool:
        now = self._clock()
        with self._transaction() as run:
            run(
                "INSERT INTO texts VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
                " SET text = excluded.text, expires = excluded.expires WHERE expires <= ?",
                (space, key, self._owner(), now + seconds, now),
            )
            return bool(run("SELECT changes()").fetchone()[0])

    def release(self, space: str, key: str) -> None:
        with self._transaction() as run:
            run(
                "DELETE FROM texts WHERE space = ? AND key = ? AND text = ?",
                (space, key, self._owner()),
            )

    def leave(self, name: str, texts: Iterable[str], seconds: float) -> None:
        space = f"left:{name}"
        self.put_many(space, dict.fromkeys(texts, ""), seconds)
        with self._transaction() as run:
            run(
                "DELETE FROM texts WHERE space = ? AND key NOT IN"
                " (SELECT key FROM texts WHERE space = ? ORDER BY expires DESC LIMIT ?)",
                (space, space, MAX_LEFT),
            )

    def take(self, name: str, most: int) -> list[str]:
        space = f"left:{name}"
        with self._transaction() as run:
            query = "SELECT key FROM texts WHERE space = ? AND expires > ? ORDER BY expires LIMIT ?"
            taken = [key for (key,) in run(query, (space, self._clock(), most))]
            for key in taken:
                run("DELETE FROM texts WHERE space = ? AND key = ?", (space, key))
        return taken

    def _owner(self) -> str:
        return f"{self._id}-{os.getpid()}"  # a fork is another

    def admit(self, name: str, limits: Limits, least: float, most: float) -> float | None:
        now = self._clock()
        with self._transaction() as run:
            if limits.quota and self._total(run, name) >= limits.quota:
                return None
            earlier = run(
                "SELECT at FROM requests WHERE name = ? ORDER BY at DESC LIMIT 1 OFFSET ?",
                (name, limits.requests - 1),
            ).fetchone()
            free = earlier[0] + limits.seconds if earlier else now
            turn = max(now + least, free)
            if turn > now + most:
                return None
            run("INSERT INTO requests VALUES (?, ?)", (name, turn))
            run("DELETE FROM requests WHERE name = ? AND at < ?", (name, now - limits.seconds))
            self._add(run, name, 1)
            return turn - now

    def count(self, name: str, amount: int) -> None:
        with self._transaction() as run:
            self._add(run, name, amount)

    def counted(self, name: str) -> int:
        with self._transaction("DEFERRED") as run:
            return self._total(run, name)

    def _day(self) -> str:
        return time.strftime("%Y-%m-%d", time.gmtime(self._clock()))

    def _total(self, run: "_Run", name: str) -> int:
        query = "SELECT total FROM counters WHERE name = ? AND day = ?"
        row = run(query, (name, self._day())).fetchone()
        return int(row[0]) if row else 0

    def _add(self, run: "_Run", name: str, amount: int) -> None:
        day = self._day()
        run(
            "INSERT INTO counters VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
            " SET total = total + excluded.total",
            (name, day, amount),
        )
        run("DELETE FROM counters WHERE name = ? AND day < ?", (name, day))

    @contextlib.contextmanager
    def _transaction(self, kind: str = "IMMEDIATE") -> Iterator["_Run"]:
        try:
            with self._lock:
                connection = self._opened()
                with connection:
                    connection.execute(f"BEGIN {kind}")
                    yield connection.execute
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"{self._path.name} in {self._path.parent} cannot be used ({error});"
                " if it is damaged, delete it: it holds nothing but lookups"
            ) from None

    def _opened(self) -> sqlite3.Connection:
        """The connection of this process: one must not go along into a forked process."""
        if self._connection is None or self._process != os.getpid():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
            connection = sqlite3.connect(
                self._path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
            )
            _write_ahead(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(_SCHEMA)
            self._connection, self._process = connection, os.getpid()
        return self._connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let readers go on while others write. SQLite does not wait for who does the same just now."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(_RETRY_SECONDS)


_Run = Callable[..., sqlite3.Cursor]
