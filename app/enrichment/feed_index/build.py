"""Brings the index of a feeds folder up to date: what changed, feed by feed, by one process.

A feed whose files changed gets a new segment beside the old one; the catalogue then names the new
one. Readers that hold the old segment keep it (it is mapped) until they read the catalogue again.
"""

import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from app.enrichment.feed_formats import sources
from app.enrichment.feed_formats.entry import FeedError
from app.enrichment.feed_formats.settings import FeedSettings
from app.enrichment.feed_formats.sources import Source
from app.enrichment.feed_index import catalogue, segment
from app.enrichment.feed_index.catalogue import FeedState
from app.enrichment.feed_index.reading import Reading

_LOCK = ".lock"
_SEGMENTS = "segments"


class FeedsBusyError(RuntimeError):
    """Another process is bringing this index up to date."""


def is_stale(folder: Path, known: Iterable[FeedState]) -> bool:
    """Whether files of the feeds were added, changed or removed since they were looked at."""
    stamps = {source.key: source.stamp() for source in sources.find(folder)}
    return stamps != {state.key: state.stamp for state in known}


def refresh(folder: Path, index: Path) -> list[FeedState]:
    """Index what changed. Feeds that cannot be read keep their old entries and say what is wrong.

    Raises FeedsBusyError if another process is at it already, OSError if the index cannot be
    written.
    """
    (index / _SEGMENTS).mkdir(parents=True, exist_ok=True)
    with _alone(index):
        known = catalogue.load(index)
        _clean(index, known.values())
        for source in sources.find(folder):
            state = known.get(source.key, FeedState(source.key, source.name))
            stamp = source.stamp()
            if stamp != state.stamp or (state.segment and not _is_complete(index, state)):
                known[source.key] = _updated(replace(state, stamp=stamp), source, index)
                catalogue.save(index, known.values())
        present = {source.key for source in sources.find(folder)}
        left = [state for key, state in sorted(known.items()) if key in present]
        catalogue.save(index, left)
        _clean(index, left)
    return left


@contextmanager
def _alone(index: Path) -> Iterator[None]:
    with (index / _LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FeedsBusyError(f"{index}: another process is indexing the feeds") from None
        yield


def _clean(index: Path, known: Iterable[FeedState]) -> None:
    """Delete segments that no feed has: replaced ones, and those of a build that was killed."""
    used = {state.segment for state in known}
    for folder in (index / _SEGMENTS).iterdir():
        if folder.name not in used:
            shutil.rmtree(folder, ignore_errors=True)


def segment_folder(index: Path, state: FeedState) -> Path:
    """Where the segment of a feed is."""
    return index / _SEGMENTS / (state.segment or "none")


def _updated(state: FeedState, source: Source, index: Path) -> FeedState:
    """The state after reading the feed. What is wrong with it leaves the old entries."""
    try:
        settings = sources.load_settings(source)
        content = _digest(source, settings)
        updated = _with_settings(state, settings)
        if content != state.content or not _is_complete(index, state):
            updated = replace(_indexed(updated, source, settings, index), content=content)
        if source.stamp() != state.stamp:
            raise FeedError("changed while it was read; it is read again")
    except (FeedError, segment.SegmentError) as error:
        return replace(state, error=str(error))
    return replace(updated, error="")


def _is_complete(index: Path, state: FeedState) -> bool:
    try:
        segment.Segment(segment_folder(index, state))
    except segment.SegmentError:
        return False
    return True


def _with_settings(state: FeedState, settings: FeedSettings) -> FeedState:
    return replace(
        state,
        name=settings.name,
        verdict=settings.verdict,
        score=settings.score,
        tags=list(settings.tags),
        link=settings.link,
    )


def _digest(source: Source, settings: FeedSettings) -> str:
    """A digest of all that decides what is in the segment. Raises FeedError."""
    content = hashlib.blake2b(f"{segment.FORMAT} {settings.columns}".encode(), digest_size=32)
    try:
        for path in source.files():
            content.update(f"\0{path.name}\0".encode())
            if path.is_file():
                _add_file(content, path)
    except OSError as error:
        raise FeedError(f"not readable: {error}") from error
    return content.hexdigest()


def _add_file(content: hashlib.blake2b, path: Path) -> None:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            content.update(block)


def _indexed(state: FeedState, source: Source, settings: FeedSettings, index: Path) -> FeedState:
    """Write a new segment. Raises FeedError if the feed has entries, but no indicator."""
    folder = Path(tempfile.mkdtemp(dir=index / _SEGMENTS))
    folder.chmod(0o755)
    reading = Reading(source, settings.columns)
    entries = segment.write(folder, reading.pairs())
    if not entries and (reading.left_out or reading.broken):
        raise FeedError(reading.why_nothing())
    return replace(
        state,
        segment=folder.name,
        entries=entries,
        left_out=reading.left_out,
        example=reading.example,
        warning=reading.warning(),
        built=datetime.now(UTC).isoformat(timespec="seconds"),
    )
