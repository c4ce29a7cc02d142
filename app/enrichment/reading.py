"""From a provider's answer to a verdict, by the expressions of its data file."""

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from app.enrichment.expressions import Expression, ShapeError, compiled, is_true
from app.enrichment.observables import Observable
from app.enrichment.verdicts import Answer, Failed, Verdict

_DEFAULT_SCORES = {"unknown": 0, "benign": 0, "suspicious": 50, "malicious": 90}
_MAX_TAGS, _MAX_TAG, _MAX_LINK, _MAX_SEEN, _MAX_WHY = 20, 80, 2000, 40, 10_000
_INVISIBLE = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


def _compiled(text: object) -> Expression:
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is no text")
    return compiled(text)


Compiled = Annotated[Expression, BeforeValidator(_compiled)]


class Words(BaseModel):
    """When the answer means which verdict; the gravest that holds is taken, else `unknown`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    malicious: Compiled | None = None
    suspicious: Compiled | None = None
    benign: Compiled | None = None


class Reading(BaseModel):
    """How an answer is read; the expressions see what `document` tells. An answer that is neither
    hit, miss, failed nor denied is malformed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    find: Compiled | None = None  # a part of the answer, which the others see as `found`
    hit: Compiled
    miss: Compiled | None = None
    miss_statuses: frozenset[int] = frozenset({404})
    failed: Compiled | None = None  # what went wrong, where the status is 200 nevertheless
    denied: Compiled | None = None  # the key is refused, where the status is not 401
    message: Compiled | None = None  # what went wrong, where the status tells that
    verdict: Words
    score: Compiled | None = None
    tags: Compiled | None = None
    link: Compiled | None = None
    seen: Compiled | None = None

    def is_denied(self, document: dict[str, Any]) -> bool:
        """Whether the answer says that the key is refused."""
        return self.denied is not None and is_true(_value(self.denied, document))

    def error_message(self, document: dict[str, Any]) -> str:
        """What an answer says of its own failure, "" if nothing."""
        return _text(_value(self.message, document), _MAX_WHY)

    def answer(self, source: str, document: dict[str, Any]) -> Answer:
        """The verdict of an answer with a good status; None for a miss; or what is wrong."""
        document = document | {"found": _value(self.find, document)}
        if why := _text(_value(self.failed, document), _MAX_WHY):
            return Failed(why)
        if self.miss and is_true(_value(self.miss, document)):
            return None
        try:
            if not is_true(self.hit(document)):
                return Failed("the answer has an unexpected shape")
            return self._verdict(source, document)
        except ShapeError as error:
            return Failed(f"the answer has an unexpected shape: {error}")

    def _verdict(self, source: str, document: dict[str, Any]) -> Verdict:
        word = next(
            (
                name
                for name in ("malicious", "suspicious", "benign")
                if (holds := getattr(self.verdict, name)) and is_true(holds(document))
            ),
            "unknown",
        )
        score = _score(self.score(document) if self.score else None)
        link = _text(self.link(document) if self.link else None, _MAX_LINK)
        return Verdict(
            source,
            word,
            _DEFAULT_SCORES[word] if score is None else score,
            tuple(_tags(self.tags(document) if self.tags else None)),
            link if link.startswith(("https://", "http://")) else "",
            _text(self.seen(document) if self.seen else None, _MAX_SEEN),
        )


def document(observable: Observable, answer: Any, server: str) -> dict[str, Any]:
    """What the expressions see: the answer's JSON, the observable as it was sent, and the URL of
    the user's own server, if the provider is one."""
    return {
        "answer": answer,
        "value": observable.value,
        "kind": observable.kind,
        "server": server,
    }


def _value(expression: Expression | None, document: dict[str, Any]) -> Any:
    """What an expression says of an answer of any shape: None where it does not fit."""
    try:
        return expression(document) if expression else None
    except ShapeError:
        return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _score(value: Any) -> int | None:
    return round(min(max(value, 0), 100)) if _is_number(value) else None


def _text(value: Any, longest: int) -> str:
    """One line without invisible characters: it comes from outside and ends in a table."""
    if not isinstance(value, str) and not _is_number(value):
        return ""
    return _INVISIBLE.sub(" ", str(value)).strip()[:longest]


def _tags(value: Any) -> list[str]:
    tags = dict.fromkeys(_text(item, _MAX_TAG).replace("|", "/") for item in _leaves(value))
    return [tag for tag in tags if tag][:_MAX_TAGS]


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value
