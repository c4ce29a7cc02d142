"""What a feed says about an entry: kept as JSON in the index, given as a verdict."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import orjson

from app.enrichment.feed_formats.entry import MAX_TAGS, Entry, clean
from app.enrichment.feed_formats.values import Indicator
from app.enrichment.feed_index.catalogue import FeedState
from app.enrichment.observables import Observable
from app.enrichment.verdicts import VERDICTS, Verdict

_MAX_TEXT = 2_048
_FIELDS = ("link", "id", "seen", "until", "verdict")


def encode(entry: Entry, named: Indicator) -> bytes:
    """The details of an entry; b'' where it is nothing but an indicator."""
    port = named.port or entry.port
    if not port and entry[1:] == Entry("")[1:]:
        return b""
    details: dict[str, Any] = {
        name: text for name in _FIELDS if (text := clean(getattr(entry, name), _MAX_TEXT))
    }
    if found := (*entry.tags, *([f"port:{port}"] if port.isdigit() else [])):
        details["tags"] = found
    if entry.score is not None:
        details["score"] = entry.score
    return orjson.dumps(details) if details else b""


def verdict(
    feed: FeedState, observable: Observable, entry: str, records: Sequence[bytes], now: str
) -> Verdict | None:
    """The feed's word on an observable that `entry` matches; None if all records have expired.

    Several records of one entry give the gravest verdict, the highest score and all tags. `now`
    is in ISO 8601, UTC. An entry that is not the observable itself is told in a tag.
    """
    valid = [details for record in records if _is_valid(details := _decoded(record), now)]
    if not valid:
        return None
    verdicts = [details.get("verdict") or feed.verdict for details in valid]
    tags = [tag for details in valid for tag in details.get("tags", ())]
    if entry not in (observable.value, observable.value.rstrip("/")):
        tags.append(f"entry:{entry}")
    return Verdict(
        source=feed.name,
        verdict=max(verdicts, key=VERDICTS.index),
        score=max(_score(details, feed) for details in valid),
        tags=tuple(dict.fromkeys((*feed.tags, *tags[-2 * MAX_TAGS :]))),
        link=_link(feed, valid[0], entry, observable.kind),
        seen=max(details.get("seen", "") for details in valid),
    )


def _decoded(record: bytes) -> dict[str, Any]:
    details: dict[str, Any] = orjson.loads(record) if record else {}
    return details


def _is_valid(details: dict[str, Any], now: str) -> bool:
    until: str = details.get("until", "")
    return not until or until > now


def _score(details: dict[str, Any], feed: FeedState) -> int:
    score: int = details.get("score", feed.score)
    return score


def _link(feed: FeedState, details: dict[str, Any], entry: str, kind: str) -> str:
    link: str = details.get("link", "")
    if link.startswith(("https://", "http://")):
        return link
    if not feed.link:
        return ""
    values = {"value": quote(entry, safe=""), "kind": kind, "id": quote(details.get("id", ""))}
    return feed.link.format(**values)
