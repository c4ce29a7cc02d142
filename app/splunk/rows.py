"""Rows out of the JSON that Splunk streams: one object per line (output_mode=json of an export).

`{"preview": false, "offset": 0, "result": {...}}` is a row, `"lastrow": true` marks the last one.
Rows of previews come again later; a line may hold messages instead, or nothing at all.
https://help.splunk.com: REST API Reference Manual, search/v2/jobs/export
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from app.splunk.errors import SplunkError

Row = dict[str, Any]


@dataclass
class Reader:
    """Reads rows; afterwards `messages` has what Splunk said, and `complete` whether it is all."""

    messages: list[str] = field(default_factory=list)
    complete: bool = False

    def rows(self, lines: Iterable[bytes]) -> Iterator[Row]:
        """The final rows. Raises SplunkError if Splunk says that the search failed."""
        for line in lines:
            if not line.strip():
                continue
            entry = _parsed(line)
            for message in entry.get("messages") or ():
                self.note(message)
            if entry.get("preview"):
                continue
            self.complete = self.complete or bool(entry.get("lastrow"))
            if isinstance(entry.get("result"), dict):
                yield entry["result"]
            yield from entry.get("results") or ()

    def note(self, message: Row) -> None:
        """Keep a message of Splunk. Raises SplunkError for one that ends the search."""
        kind = str(message.get("type", "INFO")).upper()
        text = str(message.get("text", "")).strip()
        if kind in ("FATAL", "ERROR"):
            raise SplunkError(f"the search failed: {text}")
        if text and kind != "DEBUG":
            self.messages.append(f"{kind}: {text}")


def joined(row: Row, delimiter: str) -> Row:
    """A row whose multi-value fields are joined to one text each."""
    return {
        name: delimiter.join(map(str, value)) if isinstance(value, list) else value
        for name, value in row.items()
    }


def _parsed(line: bytes) -> Row:
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise SplunkError(
            f"Splunk's answer ends or breaks in the middle of a row: {line[:80]!r}"
        ) from None
    if not isinstance(entry, dict):
        raise SplunkError(f"Splunk's answer is not one of a search: {line[:80]!r}")
    return entry
