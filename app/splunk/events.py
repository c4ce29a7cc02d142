"""Events as the HTTP Event Collector wants them, and batches of them.

https://help.splunk.com: Get data in, "Format events for HTTP Event Collector"
"""

import datetime
import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from app.splunk.sources import Event

# Splunk Cloud's limit for one request; Splunk Enterprise takes more.
BATCH_BYTES = 1_000_000
_TIME_FIELDS = ("_time", "time", "timestamp", "TimeCreated", "UtcTime")


@dataclass(frozen=True)
class Labels:
    """What Splunk files events under. None: what the token's own settings say."""

    index: str | None = None
    sourcetype: str | None = None
    source: str | None = None
    host: str | None = None


def encoded(events: Iterable[Event], labels: Labels) -> Iterator[bytes]:
    """Each event as JSON. Each has the indexed field `event_id`, which no other event has.

    Where an event had to be sent twice because nobody could tell whether it had arrived,
    `| dedup event_id` shows it once. Raises ValueError for one that is larger than a request.
    """
    given = {name: value for name, value in vars(labels).items() if value}
    push = uuid.uuid4().hex
    for number, event in enumerate(events):
        whole = {**given, "event": event, "fields": {"event_id": f"{push}-{number}"}}
        if (time := time_of(event)) is not None:
            whole["time"] = time
        text = as_json(whole)
        if len(text) > BATCH_BYTES:
            raise ValueError(
                f"event {number} has {len(text)} bytes; Splunk takes {BATCH_BYTES} at once:"
                f" {text[:80]!r}"
            )
        yield text


def batches(texts: Iterable[bytes], most: int = BATCH_BYTES) -> Iterator[bytes]:
    """Texts joined by line feeds to as few batches as there can be, in order."""
    batch: list[bytes] = []
    size = 0
    for text in texts:
        if batch and size + len(text) + 1 > most:
            yield b"\n".join(batch)
            batch, size = [], 0
        batch.append(text)
        size += len(text) + 1
    if batch:
        yield b"\n".join(batch)


def as_json(value: Any) -> bytes:
    """A value as JSON in UTF-8, whatever it holds: numbers of any size, halves of surrogates."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        return json.dumps(value, default=str, ensure_ascii=False).encode("utf-8", "replace")


def time_of(event: Event) -> float | None:
    """When an event happened, as seconds since 1970, if a field of it says so."""
    if isinstance(event, str):
        return None
    texts = (event[name] for name in _TIME_FIELDS if event.get(name) not in (None, ""))
    return next((time for text in texts if (time := _seconds(text)) is not None), None)


def _seconds(value: Any) -> float | None:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        try:
            seconds = datetime.datetime.fromisoformat(str(value).strip()).timestamp()
        except (ValueError, OverflowError):
            return None
    return seconds if 0 < seconds < 1e11 else None
