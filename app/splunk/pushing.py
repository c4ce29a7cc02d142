"""The way of every push: what waited goes first, then the new batches; what cannot go waits."""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from app.splunk.errors import SplunkError
from app.splunk.spool import Spool


class AwayError(SplunkError):
    """The receiver cannot be reached, or is too busy: events can wait."""


@dataclass(frozen=True)
class Pushed:
    """How many events the receiver has, and how many wait on disk until it is back."""

    sent: int = 0
    spooled: int = 0

    def __add__(self, other: "Pushed") -> "Pushed":
        return Pushed(self.sent + other.sent, self.spooled + other.spooled)


class Receiver(Protocol):
    """Takes compressed batches; `lost` are those that it took, but never acknowledged."""

    lost: list[bytes]

    def send(self, body: bytes) -> None: ...
    def send_and_wait(self, body: bytes) -> None: ...
    def wait(self) -> None: ...


def push_batches(batches: Iterable[bytes], receiver: Receiver, spool: Spool) -> Pushed:
    """Send batches of events, one event a line, in order.

    Raises SplunkError if the receiver refuses them, or if they can neither be sent nor wait.
    """
    total = Pushed()
    away = not _replayed(spool, receiver)
    for batch in batches:
        count = batch.count(b"\n") + 1
        body = gzip.compress(batch, 6, mtime=0)
        if not away:
            away = not _sent(receiver, body)
        if away:
            spool.add(body)
        total += Pushed(spooled=count) if away else Pushed(sent=count)
    return total + _unacknowledged(receiver, spool)


def _replayed(spool: Spool, receiver: Receiver) -> bool:
    """Whether nothing waits any more."""
    try:
        spool.replay(receiver.send_and_wait)
    except AwayError:
        return False
    return True


def _sent(receiver: Receiver, body: bytes) -> bool:
    try:
        receiver.send(body)
    except AwayError:
        return False
    return True


def _unacknowledged(receiver: Receiver, spool: Spool) -> Pushed:
    """Spool what was taken but never acknowledged."""
    count = 0
    receiver.wait()
    for body in receiver.lost:
        spool.add(body)
        count += gzip.decompress(body).count(b"\n") + 1
    return Pushed(sent=-count, spooled=count)
