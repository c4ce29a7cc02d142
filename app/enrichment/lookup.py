"""Asks providers about observables: what is cached at once, the rest within a search's budget."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.enrichment import late
from app.enrichment.cache import Cache
from app.enrichment.client import Client
from app.enrichment.config import EnrichmentSettings
from app.enrichment.credentials import Credentials, Refresh, Secret
from app.enrichment.desk import Desk
from app.enrichment.observables import Observable, for_sending, may_leave
from app.enrichment.provider import Provider
from app.enrichment.store import StoreError
from app.enrichment.verdicts import Answer, Failed, Verdict, unknown


@dataclass(frozen=True)
class LookupResult:
    """What the providers say.

    `verdicts`: by observable and provider; a provider that was asked and does not know the
    observable says `unknown`. `status`: `complete`, `partial` (something that was to be asked is
    not answered) or `off` (there are no providers). `errors`: by provider, why answers are
    missing; by "cache" or "lookups" what holds for all. `incomplete`: the observables of which
    an answer is missing.
    """

    verdicts: dict[Observable, dict[str, Verdict]] = field(default_factory=dict)
    status: str = "off"
    errors: dict[str, str] = field(default_factory=dict)
    incomplete: frozenset[Observable] = frozenset()


def lookup(
    observables: Iterable[Observable],
    providers: Sequence[Provider],
    cache: Cache,
    settings: EnrichmentSettings,
    secret: Secret,
    refresh: Refresh | None = None,
) -> LookupResult:
    """The verdicts of providers on observables, within `settings.seconds` and `settings.lookups`.

    Each distinct observable is asked once, in the order given; private, reserved, documentation
    and internal ones never. `secret(name)` gives a secret; `refresh(name)` makes it give the
    newest, after a provider has refused it. What is not ready in time is looked up in the
    background for the next search: by the service if this is one of its searches, else by this
    process as long as it lives.
    Never raises because of a provider, a secret or the cache.
    """
    if not providers:
        return LookupResult()
    answer_by = time.monotonic() + settings.seconds
    stop_at = answer_by + settings.background_seconds
    sent = {
        observable: for_sending(observable, query=settings.send_query)
        for observable in observables
        if may_leave(observable, settings.internal)
    }
    parts = [_Part(provider, sent.values()) for provider in providers]
    errors = _answer_from_cache(parts, cache) or _grant(parts, settings.lookups)
    if "cache" not in errors:
        for part in parts:
            client = Client(part.provider, Credentials(part.provider.secrets, secret, refresh))
            part.start(client, cache, answer_by, stop_at)
        for part in parts:
            part.finish(settings.seconds)
        if late.is_taken_over():
            errors |= _leave(parts, cache, settings.background_seconds)
    return _result(sent, parts, errors)


class _Part:
    """One provider's part of a search."""

    def __init__(self, provider: Provider, sent: Iterable[Observable]) -> None:
        kinds = provider.by_kind
        self.provider = provider
        self.wanted = list(dict.fromkeys(one for one in sent if one.kind in kinds))
        self.answers: dict[Observable, Answer] = {}
        self.error = provider.unusable
        self.granted: list[Observable] = []
        self.late: list[Observable] = []
        self._desk: Desk | None = None

    def answer_from_cache(self, cache: Cache) -> None:
        lists = [one for one in map(self._standing_for, self.wanted) if one]
        kept = cache.get_many(self.provider.source, [*self.wanted, *dict.fromkeys(lists)])
        self._take(kept)
        cache.store.count(f"wanted:{self.provider.name}", len(self.wanted))
        cache.store.count(f"cached:{self.provider.name}", len(self.answers))

    def to_ask(self) -> list[Observable]:
        """What there is no answer to: observables, or what stands for a list of all of them."""
        missing = (one for one in self.wanted if one not in self.answers)
        return list(dict.fromkeys(self._standing_for(one) or one for one in missing))

    def start(self, client: Client, cache: Cache, answer_by: float, stop_at: float) -> None:
        if self.granted:
            self._desk = Desk(client, cache, self.granted, answer_by, stop_at)
            self._desk.start()

    def finish(self, seconds: float) -> None:
        """Wait for the answers, and note why some are missing."""
        if self._desk:
            self._desk.wait()
            answers, error = self._desk.answers()
            self._take(answers)
            self.error = self.error or error
        failed = [answer.why for answer in self.answers.values() if isinstance(answer, Failed)]
        if failed:
            self.error = self.error or f"{len(failed)} failed; the first: {failed[0]}"
        if not self.error:
            self.late = list(set(self.granted).intersection(self.to_ask()))
        if self.late:
            rate = self.provider.rate
            self.error = (
                f"{len(self.late)} of {len(self.granted)} not ready within {seconds:g} s"
                f" (it takes {rate.requests} in {rate.seconds:g} s)"
            )

    def let_go(self) -> None:
        if self._desk:
            self._desk.let_go(self.late)

    def answered(self, observable: Observable) -> bool:
        """Whether nothing about it is missing."""
        if observable.kind not in self.provider.by_kind and not self.provider.unusable:
            return True
        return not isinstance(self.answers.get(observable, Failed("")), Failed)

    def _standing_for(self, observable: Observable) -> Observable | None:
        """What stands for the list that answers for an observable, if one does."""
        kinds = self.provider.by_kind[observable.kind]
        return Observable(next(iter(kinds.kinds)), "*") if kinds.list_seconds else None

    def _take(self, answers: Mapping[Observable, Answer]) -> None:
        """Note answers. With a list, whatever is not in it is a miss."""
        for one in self.wanted:
            if one in answers:
                self.answers[one] = answers[one]
            elif (whole := self._standing_for(one)) in answers and whole:
                self.answers.setdefault(one, answers[whole])


def _answer_from_cache(parts: Iterable[_Part], cache: Cache) -> dict[str, str]:
    """Answer what is cached; the error, if the cache cannot be used. Then nobody is asked: their
    rates and quotas could not be kept."""
    try:
        for part in parts:
            part.answer_from_cache(cache)
    except StoreError as error:
        return {"cache": str(error)}
    return {}


def _grant(parts: Sequence[_Part], lookups: int) -> dict[str, str]:
    """Share out the lookups of a search among its providers in turn; an error if they are few."""
    queues = [part.to_ask() for part in parts]
    wanted = sum(map(len, queues))
    for place in range(max(map(len, queues))):
        for part, queue in zip(parts, queues, strict=True):
            if place < len(queue) and lookups > 0:
                part.granted.append(queue[place])
                lookups -= 1
    granted = sum(len(part.granted) for part in parts)
    if granted == wanted:
        return {}
    return {"lookups": f"{granted} of {wanted} begun: no more are allowed in one search"}


def _leave(parts: Iterable[_Part], cache: Cache, seconds: float) -> dict[str, str]:
    """Leave what is late to the service: the process of a search ends with it."""
    texts = [late.text(part.provider.name, one) for part in parts for one in part.late]
    try:
        if texts:
            cache.store.leave(late.NAME, texts, seconds)
        for part in parts:
            part.let_go()
    except StoreError as error:
        return {"cache": str(error)}
    return {}


def _result(
    sent: Mapping[Observable, Observable], parts: Sequence[_Part], errors: dict[str, str]
) -> LookupResult:
    verdicts = {one: _verdicts(form, parts) for one, form in sent.items()}
    incomplete = frozenset(
        one for one, form in sent.items() if not all(part.answered(form) for part in parts)
    )
    errors = errors | {part.provider.name: part.error for part in parts if part.error}
    return LookupResult(
        verdicts, "partial" if incomplete or errors else "complete", errors, incomplete
    )


def _verdicts(form: Observable, parts: Iterable[_Part]) -> dict[str, Verdict]:
    found: dict[str, Verdict] = {}
    for part in parts:
        answer = part.answers.get(form, Failed(""))
        if not isinstance(answer, Failed):
            found[part.provider.name] = answer or unknown(part.provider.name)
    return found
