"""MISP feeds: a folder of manifest.json and one file an event, in MISP's core format.

Only attributes that are meant for detection (`to_ids`) and not deleted are taken.
Sources: the MISP core format (draft-dulaunoy-misp-core-format), its list of attribute types.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.enrichment.feed_formats import opening
from app.enrichment.feed_formats.entry import Entry, FeedError, tags

MANIFEST = "manifest.json"
_VALUES = {
    "ip", "ip-src", "ip-dst", "domain", "hostname", "url", "md5", "sha1", "sha256",
    "email", "email-src", "email-dst", "email-reply-to",
}  # fmt: skip
_ALIASES = {"malware-sample": "filename|md5"}
# Tags that say how to handle an event, nothing about its indicators.
_HANDLING = (
    "tlp:", "pap:", "osint:", "workflow:", "type:", "admiralty-scale:", "estimative-language:",
)  # fmt: skip
_MACHINE_TAG = re.compile(r'[^"]*="([^"]+)"\Z')
_EVENT_ID = re.compile(r"[0-9a-fA-F-]{36}\Z")


def event_files(folder: Path) -> list[Path]:
    """The files of the events that the manifest lists. Raises FeedError."""
    manifest = opening.document(folder / MANIFEST)
    if not isinstance(manifest, dict):
        raise FeedError(f"{MANIFEST}: is no object of events")
    return [folder / f"{event}.json" for event in sorted(manifest) if _EVENT_ID.match(event)]


def read(path: Path) -> Iterator[Entry]:
    """The entries of one event's file. Raises FeedError."""
    return of_document(opening.document(path), path.name)


def of_document(document: Any, file: str) -> Iterator[Entry]:
    """The entries of an event, or of several as MISP's search exports them. Raises FeedError."""
    try:
        for event in _events(document):
            yield from _of_event(event)
    except (TypeError, AttributeError, KeyError) as error:
        raise FeedError(f"{file}: not in MISP's format: {error}") from error


def is_event(document: Any) -> bool:
    """Whether a JSON document is a MISP event or an export of several."""
    return isinstance(document, dict) and ("Event" in document or "response" in document)


def _events(document: Any) -> list[Any]:
    if "response" in document:
        return [item["Event"] for item in document["response"]]
    return [document["Event"]]


def _of_event(event: dict[str, Any]) -> Iterator[Entry]:
    objects = (item.get("Attribute", []) for item in event.get("Object", []))
    for attribute in [*event.get("Attribute", []), *(one for items in objects for one in items)]:
        if attribute.get("to_ids") and not attribute.get("deleted"):
            yield from _of_attribute(attribute, event)


def _of_attribute(attribute: dict[str, Any], event: dict[str, Any]) -> Iterator[Entry]:
    kinds = _ALIASES.get(attribute["type"], attribute["type"]).split("|")
    values = str(attribute["value"]).split("|") if len(kinds) > 1 else [str(attribute["value"])]
    parts = list(zip(kinds, values, strict=False))
    port = next((value for kind, value in parts if kind == "port"), "")
    for kind, value in parts:
        if kind in _VALUES:
            yield Entry(
                value,
                tags(*_tags(attribute), *_tags(event)),
                id=str(event.get("uuid", "")),
                seen=_day(attribute.get("timestamp")) or str(event.get("date", "")),
                port=port,
            )


def _tags(item: dict[str, Any]) -> Iterator[str]:
    for tag in item.get("Tag", []):
        name = str(tag["name"])
        if not name.startswith(_HANDLING):
            match = _MACHINE_TAG.match(name)
            yield match.group(1) if match else name


def _day(timestamp: Any) -> str:
    """The day of a Unix time, which MISP writes as text."""
    text = str(timestamp)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**32):
        return ""
    return datetime.fromtimestamp(int(text), UTC).date().isoformat()
