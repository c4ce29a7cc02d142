"""Events as the container takes them, and its results as fields of events.

An event is a dict; a field with several values holds a list.
"""

import csv
import gzip
import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, Any

from hunt_client import HuntError

Event = dict[str, Any]
# Joins several values on the way, both ways. It is for private use: no event has it.
SEPARATOR = "\ue01f"
_LEVEL = 1  # of compression: a second of the processor is worth more than the bytes


def batches(events: Iterable[Event], size: int) -> Iterator[list[Event]]:
    """Lists of up to `size` events."""
    events = iter(events)
    while True:
        batch = list(islice(events, size))
        if not batch:
            return
        yield batch


def sent_fields(wanted: list[str], events: list[Event]) -> list[str]:
    """The fields to send: the wanted, where `*` stands for any text, or all that events have."""
    there = list(dict.fromkeys(name for event in events for name in event))
    if not wanted:
        return there
    return list(dict.fromkeys(name for field in wanted for name in _meant(field, there)))


def required(wanted: list[str]) -> list[str]:
    """What Splunk has to give for the wanted fields."""
    return wanted if wanted and len(named(wanted)) == len(wanted) else ["*"]


def named(wanted: list[str]) -> set[str]:
    """Those without `*`."""
    return {field for field in wanted if "*" not in field}


def _meant(field: str, there: list[str]) -> list[str]:
    """The fields that a name with `*` stands for; as in Splunk, no internal ones (_raw, ...)."""
    if "*" not in field:
        return [field]
    pattern = re.compile(re.escape(field).replace(r"\*", ".*"), re.DOTALL)
    found = [name for name in there if pattern.fullmatch(name) and name[:1] != "_"]
    return found or [field]


def packed(events: list[Event], fields: list[str], separator: str) -> bytes:
    """CSV in UTF-8, header first, gzipped."""
    text = io.StringIO()
    writer = csv_writer(text, fields)
    write_rows(writer, events, fields, separator)
    return gzip.compress(text.getvalue().encode("utf-8", "replace"), _LEVEL)


def csv_writer(text: IO[str], fields: list[str]) -> Any:
    """Writes rows below their header, in a way that pandas reads as many of them as there are: a
    row of one blank must not be a blank line, and Python 3.9 quotes carriage returns only if they
    end lines."""
    quoting = csv.QUOTE_ALL if len(fields) == 1 else csv.QUOTE_MINIMAL
    writer = csv.writer(text, lineterminator="\r\n", quoting=quoting)
    writer.writerow(fields)
    return writer


def write_rows(writer: Any, events: Iterable[Event], fields: list[str], separator: str) -> int:
    """Write the rows of events; how many they were."""
    count = 0
    for event in events:
        writer.writerow([_cell(event.get(name, ""), separator) for name in fields])
        count += 1
    return count


def with_results(
    events: list[Event], results: str, sent: list[str], prefix: str, separator: str
) -> list[Event]:
    """The events with the columns of the results, but those that were sent: they come back as
    they are. Raises HuntError if there is not one row per event."""
    reader = csv.reader(io.StringIO(results))
    columns = next(reader, [])
    rows = [row for row in reader if row]
    if len(rows) != len(events):
        raise HuntError(
            f"the model gave {len(rows)} rows for {len(events)} events: it does not annotate "
            "events; use it with | fit MLTKContainer"
        )
    new = [
        (place, prefix + name) for place, name in enumerate(columns) if prefix + name not in sent
    ]
    for event, row in zip(events, rows):
        for place, name in new:
            event[name] = _values(row[place], separator)
    return events


def _cell(value: Any, separator: str) -> Any:
    return separator.join(value) if isinstance(value, list) else value


def _values(cell: str, separator: str) -> Any:
    return cell.split(separator) if separator in cell else cell
