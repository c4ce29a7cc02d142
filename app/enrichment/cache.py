"""Answers of sources that are kept, with separate times for hits, misses and failures."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from app.enrichment.observables import Observable
from app.enrichment.store import Store
from app.enrichment.verdicts import Answer, Failed, Verdict


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Seconds that answers are kept."""

    hits: float
    misses: float
    errors: float

    def of(self, answer: Answer) -> float:
        """How long this answer is kept."""
        if answer is None:
            return self.misses
        return self.errors if isinstance(answer, Failed) else self.hits


@dataclass(frozen=True, slots=True)
class Cache:
    """Answers by source and observable, in a store. Raises StoreError."""

    store: Store
    lifetimes: Lifetimes

    def get_many(self, source: str, observables: Iterable[Observable]) -> dict[Observable, Answer]:
        """The answers that are there: a verdict, None for a known miss, or a failure."""
        keys = {_key(one): one for one in observables}
        texts = self.store.get_many(f"answer:{source}", keys)
        return {keys[key]: answer for key, answer in _read(texts)}

    def put_many(
        self,
        source: str,
        answers: Mapping[Observable, Answer],
        seconds: float | None = None,
    ) -> None:
        """Keep answers, each for its kind's time or all of them for `seconds`."""
        by_seconds: dict[float, dict[str, str]] = {}
        for observable, answer in answers.items():
            time = self.lifetimes.of(answer) if seconds is None else seconds
            by_seconds.setdefault(time, {})[_key(observable)] = _text(answer)
        for time, texts in by_seconds.items():
            self.store.put_many(f"answer:{source}", texts, time)


def _key(observable: Observable) -> str:
    return f"{observable.kind}:{observable.value}"


def _text(answer: Answer) -> str:
    match answer:
        case None:
            return "null"
        case Failed():
            return orjson.dumps({"why": answer.why}).decode()
        case Verdict():
            return orjson.dumps(answer).decode()


def _read(texts: Mapping[str, str]) -> Iterator[tuple[str, Answer]]:
    """What is kept under each key; what another version has written otherwise is not there."""
    for key, text in texts.items():
        with contextlib.suppress(ValueError, TypeError, KeyError):
            yield key, _answer(orjson.loads(text))


def _answer(kept: Any) -> Answer:
    if kept is None:
        return None
    if "why" in kept:
        return Failed(kept["why"])
    return Verdict(**kept | {"tags": tuple(kept["tags"])})
