"""One provider's part of a search: several threads that ask, within its rate and quota.

The threads go on after the search has returned, until `stop_at`, so that the next search finds
their answers in the cache. Claims in the store keep other searches, in whatever process, from
asking the same at the same time.
"""

import logging
import threading
import time
import traceback
from collections import deque
from collections.abc import Iterable

from app.enrichment import transport
from app.enrichment.cache import Cache
from app.enrichment.client import Client
from app.enrichment.errors import (
    ThrottledError,
    UnauthorizedError,
    UnavailableError,
    UnusableSecretError,
)
from app.enrichment.observables import Observable
from app.enrichment.store import Limits, StoreError
from app.enrichment.verdicts import Answer, Failed

_TRIES = 2  # at an observable, while the provider is not available
_MOST_FAILURES = 5  # one after the other, until the provider is left alone
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0  # if it wants one and does not say how long
_POLL_SECONDS = 0.1  # until another search's answer is looked for again
# Requests may take less time on their way than those before them: what is sent in time to a
# provider's rate may arrive too early. A share of the rate's seconds, and the most of it.
_EARLY, _MOST_EARLY = 0.05, 0.1

# A job's limit of memory counts the stacks of its threads, which are 8 MiB if nobody says less.
_STACK_BYTES = 1 << 20
_stack_size = threading.Lock()

log = logging.getLogger(__name__)


class Desk:
    """Asks one provider about observables. Times are of the monotonic clock."""

    def __init__(
        self,
        client: Client,
        cache: Cache,
        wanted: Iterable[Observable],
        answer_by: float,
        stop_at: float,
    ) -> None:
        provider = client.provider
        self._client = client
        self._cache = cache
        self._name = provider.name
        self._source = provider.source
        seconds = provider.rate.seconds
        margin = min(seconds * _EARLY, _MOST_EARLY)
        self._limits = Limits(provider.rate.requests, seconds + margin, provider.quota)
        self._answer_by = answer_by
        self._stop_at = stop_at
        self._lock = threading.Lock()
        self._waiting = deque(wanted)
        self._answers: dict[Observable, Answer] = {}
        self._error = ""
        self._resume_at = 0.0
        self._failures = 0
        self._pauses = 0
        self._stopped = threading.Event()
        self._done = threading.Event()
        # The threads of which something can be expected by `answer_by`.
        self._prompt = set(range(min(provider.concurrency, len(self._waiting))))

    def start(self) -> None:
        """Begin to ask, with as many threads as there is memory for."""
        for number in sorted(self._prompt):
            name = f"lookup-{self._name}-{number}"
            thread = threading.Thread(target=self._work, args=(number,), name=name, daemon=True)
            try:
                _start(thread)
            except (RuntimeError, MemoryError):
                if number == 0:
                    self._stop("a thread cannot be started: raise max_memory_usage_mb")
                self._expect_no_more(number)

    def wait(self) -> None:
        """Return when everything is answered that can be, or when it is time to answer."""
        self._done.wait(max(self._answer_by - time.monotonic(), 0))

    def answers(self) -> tuple[dict[Observable, Answer], str]:
        """What is known by now, and why there is not more ("" if only time was short)."""
        with self._lock:
            return dict(self._answers), self._error

    def let_go(self, observables: Iterable[Observable]) -> None:
        """Leave observables that are being asked about to others: this process may end now."""
        for observable in observables:
            self._cache.store.release(*self._claim(observable))

    def _claim(self, observable: Observable) -> tuple[str, str]:
        return f"claim:{self._source}", f"{observable.kind}:{observable.value}"

    def _work(self, number: int) -> None:
        try:
            self._heed_pause()
            while observable := self._next():
                self._handle(observable, number)
        except (StoreError, UnusableSecretError) as error:
            self._stop(str(error))
        except Exception as error:
            # A defect costs this provider, not the search. Its text may hold a URL with a key.
            stack = "".join(traceback.format_tb(error.__traceback__))
            log.error("lookups at %s stopped: %s\n%s", self._name, type(error).__name__, stack)
            self._stop(f"stopped by a defect of this program ({type(error).__name__}; see the log)")
        finally:
            self._expect_no_more(number)
            transport.close()

    def _expect_no_more(self, number: int) -> None:
        with self._lock:
            self._prompt.discard(number)
            if not self._prompt:
                self._done.set()

    def _next(self) -> Observable | None:
        with self._lock:
            if self._stopped.is_set() or time.monotonic() >= self._stop_at or not self._waiting:
                return None
            return self._waiting.popleft()

    def _handle(self, observable: Observable, number: int) -> None:
        store, (space, key) = self._cache.store, self._claim(observable)
        patience = self._stop_at - time.monotonic() + self._client.provider.timeout
        mine = store.claim(space, key, patience)
        try:
            if kept := self._cache.get_many(self._source, [observable]):
                self._record(kept)
            elif mine:
                self._ask(observable, number)
            else:
                self._postpone(observable)
        finally:
            if mine:
                store.release(space, key)

    def _postpone(self, observable: Observable) -> None:
        """Another search is asking: look again later, as long as somebody waits for it."""
        if time.monotonic() < self._answer_by:
            with self._lock:
                self._waiting.append(observable)
            self._stopped.wait(_POLL_SECONDS)

    def _ask(self, observable: Observable, number: int) -> None:
        why = ""
        tries = 0
        while tries < _TRIES:
            if not self._take_turn(number):
                return None
            try:
                answers = self._client.ask(observable, self._stop_at - time.monotonic())
            except UnauthorizedError as error:
                if not self._client.credentials.renew(error.generation):
                    return self._stop(str(error))
            except ThrottledError as error:
                self._pause(str(error), error.seconds)
            except UnavailableError as error:
                why = str(error)
                tries += 1
            else:
                return self._keep(observable, answers)
        return self._keep(observable, {observable: Failed(why)})

    def _take_turn(self, number: int) -> bool:
        """Wait for the provider's rate; False if the time or the quota does not allow for it."""
        now = time.monotonic()
        least, most = max(self._resume_at - now, 0), self._stop_at - now
        seconds = self._cache.store.admit(self._name, self._limits, least, most)
        if seconds is None:
            quota = self._limits.quota
            spent = quota and self._cache.store.counted(self._name) >= quota
            self._stop(f"its quota of {quota} requests a day is used up" if spent else "")
            return False
        if now + seconds > self._answer_by:
            self._expect_no_more(number)
        return not self._stopped.wait(seconds)

    def _keep(self, observable: Observable, answers: dict[Observable, Answer]) -> None:
        lookup = self._client.provider.by_kind[observable.kind]
        answer = answers[observable]
        listed = lookup.list_seconds and not isinstance(answer, Failed)
        self._cache.put_many(self._source, answers, lookup.list_seconds if listed else None)
        self._record(answers)
        with self._lock:
            self._pauses = 0
            self._failures = self._failures + 1 if isinstance(answer, Failed) else 0
            if not isinstance(answer, Failed) or self._failures < _MOST_FAILURES:
                return
        why = f"{self._failures} failures one after the other; the last: {answer.why}"
        self._remember_pause(why, self._cache.lifetimes.errors)
        self._stop(why)

    def _record(self, answers: dict[Observable, Answer]) -> None:
        with self._lock:
            self._answers.update(answers)

    def _pause(self, why: str, seconds: float | None) -> None:
        """Let all threads wait as long as the provider wants, or leave it alone."""
        with self._lock:
            now = time.monotonic()
            if self._resume_at > now:
                return
            self._pauses += 1
            if seconds is None:
                seconds = min(_FIRST_PAUSE * 2 ** (self._pauses - 1), _LONGEST_PAUSE)
            self._resume_at = now + seconds
            give_up = self._resume_at > self._stop_at or self._pauses > _MOST_FAILURES
        self._remember_pause(why, seconds)
        if give_up:
            self._stop(why)

    def _remember_pause(self, why: str, seconds: float) -> None:
        text = f"{time.time() + seconds:.3f} {why}"
        if seconds > 0:
            self._cache.store.put_many("pause", {self._source: text}, seconds)

    def _heed_pause(self) -> None:
        """Wait as long as an earlier search, in whatever process, was told to."""
        if text := self._cache.store.get_many("pause", [self._source]).get(self._source):
            until, _, why = text.partition(" ")
            seconds = float(until) - time.time()
            with self._lock:
                self._resume_at = max(self._resume_at, time.monotonic() + seconds)
            if self._resume_at > self._answer_by:
                self._stop(f"left alone for {seconds:.0f} s: {why}")

    def _stop(self, why: str) -> None:
        with self._lock:
            self._error = self._error or why
        self._stopped.set()


def _start(thread: threading.Thread) -> None:
    with _stack_size:
        before = threading.stack_size(_STACK_BYTES)
        try:
            thread.start()
        finally:
            threading.stack_size(before)
