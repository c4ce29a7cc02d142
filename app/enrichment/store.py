"""What the processes of a service, or its replicas, remember together about lookups."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class StoreError(Exception):
    """The store cannot be reached or used."""


MAX_LEFT = 100_000  # texts that wait to be taken


@dataclass(frozen=True, slots=True)
class Limits:
    """At most `requests` in any `seconds`, and `quota` a day (UTC; 0: no limit)."""

    requests: int
    seconds: float
    quota: int = 0


class Store(Protocol):
    """Texts that expire, claims, rates and counters. Every method is atomic among processes, can
    be called by any thread, and raises StoreError."""

    def get_many(self, space: str, keys: Iterable[str]) -> dict[str, str]:
        """The texts that are there and have not expired."""

    def put_many(self, space: str, texts: Mapping[str, str], seconds: float) -> None:
        """Keep texts for some time."""

    def claim(self, space: str, key: str, seconds: float) -> bool:
        """Whether the key is now the caller's: nobody else holds it."""

    def release(self, space: str, key: str) -> None:
        """Give a claimed key back. A claim that has expired may be another's by now: it stays."""

    def leave(self, name: str, texts: Iterable[str], seconds: float) -> None:
        """Leave texts for whoever takes them within that time; of very many the last are kept."""

    def take(self, name: str, most: int) -> list[str]:
        """Texts that were left; nobody else gets them."""

    def admit(self, name: str, limits: Limits, least: float, most: float) -> float | None:
        """Take a place in the queue of `name`, and count it towards the day's quota.

        The seconds to wait until it is the caller's turn, not fewer than `least`; None, and
        nothing is taken, if they were more than `most` or the quota is used up.
        """

    def count(self, name: str, amount: int) -> None:
        """Add to today's counter of this name."""

    def counted(self, name: str) -> int:
        """Today's counter of this name."""


def open_store(folder: Path, redis_url: str = "") -> Store:
    """The store in a folder of this machine, or the Redis at a URL that replicas share."""
    # Only what is configured is imported.
    if redis_url:
        from app.enrichment.redis_store import RedisStore

        return RedisStore(redis_url)
    from app.enrichment.sqlite_store import SqliteStore

    return SqliteStore(folder / "lookups.sqlite")
