"""STIX 2.1 bundles: the indicators whose patterns name values, with what they indicate."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from app.enrichment.feed_formats.entry import Entry, FeedError, tags
from app.enrichment.feed_formats.stix_pattern import PatternError, values

_VERDICTS = {
    "malicious-activity": "malicious",
    "compromised": "malicious",
    "attribution": "malicious",
    "anomalous-activity": "suspicious",
    "anonymization": "suspicious",
    "benign": "benign",
}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
# Labels that say how an indicator was made, nothing about it.
_BOOKKEEPING = ("misp:", "tlp:")


def is_bundle(document: Any) -> bool:
    """Whether a JSON document is a STIX bundle, or an envelope as TAXII 2.1 sends it."""
    return isinstance(document, dict) and isinstance(document.get("objects"), list)


def of_document(document: Any, file: str) -> Iterator[Entry]:
    """The entries of a bundle. A pattern that cannot be read is left out. Raises FeedError."""
    try:
        objects = [item for item in document["objects"] if isinstance(item, dict)]
        indicates = _indicates(objects)
        for item in objects:
            if item.get("type") == "indicator" and not item.get("revoked"):
                yield from _of_indicator(item, indicates[item["id"]])
    except (TypeError, AttributeError, KeyError) as error:
        raise FeedError(f"{file}: not in STIX's format: {error}") from error


def _indicates(objects: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Indicator id -> the names of the malware, tools, actors that it indicates."""
    names = {item["id"]: str(item["name"]) for item in objects if "name" in item and "id" in item}
    found: dict[str, list[str]] = defaultdict(list)
    links = [item for item in objects if item.get("relationship_type") == "indicates"]
    for item in links:
        if name := names.get(item["target_ref"]):
            found[item["source_ref"]].append(name)
    return found


def _of_indicator(item: dict[str, Any], indicated: list[str]) -> Iterator[Entry]:
    if item.get("pattern_type", "stix") != "stix":
        return
    try:
        texts = values(item["pattern"])
    except PatternError:
        texts = [item["pattern"]]  # no indicator either: counted among what was left out
    kinds = item.get("indicator_types", [])
    labels = [label for label in item.get("labels", []) if not label.startswith(_BOOKKEEPING)]
    confidence = item.get("confidence")
    for text in texts:
        yield Entry(
            text,
            tags(*indicated, *labels),
            link=_link(item),
            id=item["id"],
            seen=str(item.get("modified", ""))[:10],
            until=_time(item.get("valid_until")),
            score=confidence if isinstance(confidence, int) and 0 <= confidence <= 100 else None,
            verdict=next((_VERDICTS[kind] for kind in kinds if kind in _VERDICTS), ""),
        )


def _link(item: dict[str, Any]) -> str:
    urls = (reference.get("url", "") for reference in item.get("external_references", []))
    return next((url for url in urls if url), "")


def _time(text: Any) -> str:
    """A STIX time to the second, so that it compares as text."""
    match = _TIME.match(str(text))
    return match.group() if match else ""
