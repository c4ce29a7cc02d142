"""Events to Splunk's HTTP Event Collector (push).

    from app.splunk import hec
    hec.push_frame(frame, hec.Labels(index="hunt", sourcetype="dsdl_hunt:finding"))

What cannot be sent now waits on disk and goes first the next time.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from app.splunk import sources
from app.splunk.config import Collector, collector
from app.splunk.delivery import Delivery
from app.splunk.events import Labels, batches, encoded
from app.splunk.pushing import Pushed, push_batches
from app.splunk.sources import Event
from app.splunk.spool import Spool

__all__ = ["Labels", "Pushed", "push", "push_file", "push_folder", "push_frame", "replay"]


def push(
    events: Iterable[Event], labels: Labels | None = None, to: Collector | None = None
) -> Pushed:
    """Send events in batches, in order.

    Raises SplunkError if Splunk refuses them, or if they can neither be sent nor wait.
    """
    to = to or collector()
    texts = encoded(events, labels or Labels())
    with Delivery(to) as delivery:
        return push_batches(batches(texts), delivery, _spool(to))


def push_frame(
    frame: pd.DataFrame, labels: Labels | None = None, to: Collector | None = None
) -> Pushed:
    """Send the rows of a frame, as JSON objects without their empty fields."""
    return push(sources.of_frame(frame), labels, to)


def push_file(path: Path, labels: Labels | None = None, to: Collector | None = None) -> Pushed:
    """Send the rows of a CSV or JSON lines file, or the lines of another; `source` is its path."""
    labels = labels or Labels()
    source = labels.source or str(path)
    return push(sources.of_file(path), Labels(**{**vars(labels), "source": source}), to)


def push_folder(
    folder: Path, pattern: str = "*", labels: Labels | None = None, to: Collector | None = None
) -> Pushed:
    """Send every file of a folder and the folders below, each as `push_file` does."""
    paths = [path for path, _ in sources.of_folder(folder, pattern)]
    return sum((push_file(path, labels, to) for path in paths), Pushed())


def replay(to: Collector | None = None) -> int:
    """Send what waits on disk; how many batches still wait. Raises SplunkError."""
    to = to or collector()
    push([], to=to)
    return len(_spool(to).waiting())


def _spool(to: Collector) -> Spool:
    """Batches wait for the collector that they are meant for."""
    name = hashlib.sha256(to.url.encode()).hexdigest()[:16]
    if to.spool is None:
        raise ValueError("a collector without a folder to wait in")
    return Spool(to.spool / name, to.spool_mb << 20)
