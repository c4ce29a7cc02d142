"""The word of feeds and providers on the observables of a search, in one result."""

from collections.abc import Sequence
from dataclasses import replace

from app import secrets
from app.enrichment.feeds import Feeds
from app.enrichment.lookup import LookupResult, lookup
from app.enrichment.observables import Observable
from app.enrichment.sources import Choice, Sources
from app.enrichment.store import StoreError


def answers(observables: Sequence[Observable], choice: Choice, ours: Sources) -> LookupResult:
    """What the chosen feeds and providers say of distinct observables.

    Feeds answer for any, providers only for those that may leave. Never raises because of a
    source: what failed is in `errors`.
    """
    distinct = list(dict.fromkeys(observables))
    remote = _remote(distinct, choice, ours)
    return _with_feeds(remote, distinct, choice.feeds) if choice.feeds else remote


def _remote(observables: Sequence[Observable], choice: Choice, ours: Sources) -> LookupResult:
    if not choice.providers:
        return LookupResult()
    keys = secrets.default()
    try:
        return lookup(
            observables,
            choice.providers,
            ours.cache(),
            ours.settings,
            lambda name: keys.get(name).reveal(),
            keys.refresh,
        )
    except StoreError as error:
        every = frozenset(observables)
        return LookupResult(status="partial", errors={"cache": str(error)}, incomplete=every)


def _with_feeds(
    remote: LookupResult, observables: Sequence[Observable], feeds: Feeds
) -> LookupResult:
    local = feeds.lookup_many(observables)
    verdicts = {
        one: {verdict.source: verdict for verdict in local.get(one, ())}
        | remote.verdicts.get(one, {})
        for one in observables
    }
    failed = {state.name: state.error for state in feeds.states() if state.error}
    errors = failed | remote.errors
    return replace(
        remote,
        verdicts=verdicts,
        status="partial" if errors or remote.incomplete else "complete",
        errors=errors,
        incomplete=frozenset(observables) if failed else remote.incomplete,
    )
