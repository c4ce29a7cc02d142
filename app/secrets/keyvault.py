"""Secrets of one Key Vault: kept for a time, asked for sparingly, outlasting its absence."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.secrets.errors import NotHereError, UnavailableError
from app.secrets.secret import Secret

log = logging.getLogger("dsdl_hunt.secrets")

_REFUSAL_SECONDS = 120  # until a secret that is not given is asked for again
# Between two requests for one secret, however often its users want it anew: a part of the time
# that it is used, and the most.
_REFRESH_PART, _REFRESH_SECONDS = 1 / 60, 10
_OUTAGE_SECONDS = 86_400  # that a secret is used while the vault cannot be asked
_FIRST_REST, _LONGEST_REST = 5.0, 300.0


@dataclass(frozen=True)
class Version:
    """One version of a secret. `expires` is what its owner noted; vaults give it nevertheless."""

    value: Secret
    id: str
    expires: datetime | None = None


Fetch = Callable[[str, str], Version]
"""Gives a secret by name and version ("": newest). Raises NotHereError, UnavailableError."""


@dataclass
class _Kept:
    answer: Version | NotHereError
    asked: float
    fresh_until: float


class Vault:
    """The secrets of a vault. Can be used by any thread."""

    def __init__(
        self, fetch: Fetch, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._seconds = seconds
        self._clock = clock
        self._asking = threading.Lock()
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._rests_until = 0.0
        self._rest = 0.0
        self._trouble = ""

    def reconnect(self, fetch: Fetch) -> None:
        """Go on with another connection, as a forked process must; what is known stays known."""
        self._fetch = fetch
        self._asking = threading.Lock()

    @property
    def trouble(self) -> str:
        """Why the vault cannot be asked at present; "" if it can, as far as is known."""
        return self._trouble

    def get(self, name: str, version: str = "") -> Version:
        """A secret. Raises NotHereError, UnavailableError."""
        key = name, version
        kept = self._kept.get(key)
        if kept and self._clock() < kept.fresh_until:
            return _answer(kept)
        # Whoever has an old value need not wait until another thread has the new one.
        if not self._asking.acquire(blocking=self._usable(kept) is None):
            return _answer(self._kept[key])
        try:
            return self._renewed(key)
        finally:
            self._asking.release()

    def refresh(self, name: str, version: str = "") -> None:
        """Let the next `get` of a secret ask the vault, unless that has just been done."""
        kept = self._kept.get((name, version))
        pause = min(self._seconds * _REFRESH_PART, _REFRESH_SECONDS)
        if kept and self._clock() >= kept.asked + pause:
            kept.fresh_until = self._clock()

    def _renewed(self, key: tuple[str, str]) -> Version:
        kept, now = self._kept.get(key), self._clock()
        if kept and now < kept.fresh_until:  # by another thread, while this one waited
            return _answer(kept)
        try:
            return self._asked(key, now)
        except UnavailableError:
            if (value := self._usable(kept)) is None:
                raise
            return value

    def _asked(self, key: tuple[str, str], now: float) -> Version:
        if now < self._rests_until:
            pause = self._rests_until - now
            raise UnavailableError(f"{self._trouble}; it is asked again in {pause:.0f} s")
        answer: Version | NotHereError
        try:
            answer = self._fetch(*key)
        except NotHereError as error:
            answer = error.with_traceback(None)  # it is kept; the frames of the SDK need not be
        except UnavailableError as error:
            self._leave_alone(error)
            raise
        self._rest, self._trouble = 0.0, ""
        self._keep(key, answer)
        return _answer(self._kept[key])

    def _keep(self, key: tuple[str, str], answer: Version | NotHereError) -> None:
        before, now = self._kept.get(key), self._clock()
        lasts = self._seconds if isinstance(answer, Version) else _REFUSAL_SECONDS
        self._kept[key] = _Kept(answer, now, now + lasts)
        if not isinstance(answer, Version):
            return
        if before and isinstance(before.answer, Version) and answer.id != before.answer.id:
            log.info("the secret %r has a new version in its Key Vault", key[0])
        if answer.expires and answer.expires < datetime.now(UTC):
            log.warning("the secret %r expired on %s", key[0], f"{answer.expires:%Y-%m-%d}")

    def _leave_alone(self, error: UnavailableError) -> None:
        """Rests for as long as the vault asks, else twice as long as last time; within bounds."""
        self._rest = min(max(self._rest * 2, _FIRST_REST), _LONGEST_REST)
        wait = self._rest if error.wait is None else min(max(error.wait, 1.0), _LONGEST_REST)
        self._rests_until = self._clock() + wait
        if not self._trouble:
            log.warning("%s", error)
        self._trouble = str(error)

    def _usable(self, kept: _Kept | None) -> Version | None:
        """A value that may be used although it is due, until the vault says otherwise."""
        if not kept or isinstance(kept.answer, NotHereError):
            return None
        return kept.answer if self._clock() < kept.asked + _OUTAGE_SECONDS else None


def _answer(kept: _Kept) -> Version:
    if isinstance(kept.answer, NotHereError):
        # A new one each time: raising adds the frames of its raiser to an exception.
        raise type(kept.answer)(*kept.answer.args) from None
    return kept.answer
