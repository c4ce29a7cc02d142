"""Local threat feeds: a folder of files, looked up without any network.

The folder (see docs/feeds.md for its formats) is indexed on disk. Lookups only read the index;
when files change, a process in the background indexes them, and the next lookup sees it.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from app.enrichment.feed_index import build, catalogue, details
from app.enrichment.feed_index.builder import Builder
from app.enrichment.feed_index.catalogue import FeedState
from app.enrichment.feed_index.keys import PrefixLengths, entry_text, in_order, matching_keys
from app.enrichment.feed_index.segment import Segment, SegmentError
from app.enrichment.observables import Observable
from app.enrichment.verdicts import Verdict

_CHUNK = 5_000  # observables that are looked up at a time
_ATTEMPTS = 3  # to read a catalogue that is being replaced
_log = logging.getLogger(__name__)
Matches = list[tuple[int, bytes]]  # (how specific: 0 is the most, key of the entry)


class Feeds:
    """The feeds of `folder`, whose index is kept in `index` (both may be shared by processes).

    Every `check_seconds`, a lookup looks whether files have changed. Where there is no index at
    all yet, the first lookup waits up to `first_build_seconds` for one.
    """

    def __init__(
        self,
        folder: Path,
        index: Path,
        *,
        check_seconds: float = 30.0,
        first_build_seconds: float = 30.0,
    ) -> None:
        self._folder = folder
        self._index = index
        self._check_seconds = check_seconds
        self._first_build_seconds = first_build_seconds
        self._next_check = 0.0
        self._builder = Builder(folder, index)
        self._stamp: tuple[int, int] | None = None
        self._states: tuple[FeedState, ...] = ()
        self._opened: dict[str, _Opened] = {}

    def lookup_many(self, observables: Sequence[Observable]) -> dict[Observable, list[Verdict]]:
        """The verdicts of all feeds that know an observable; those that none knows are left out."""
        self.prepare()
        rest = iter(dict.fromkeys(observables))
        found: dict[Observable, list[Verdict]] = {}
        while chunk := list(islice(rest, _CHUNK)):
            found |= self._lookup(chunk)
        return found

    def prepare(self) -> None:
        """Open what is indexed, and start to index what changed: cheap if nothing did."""
        self._keep_fresh()
        self._read_catalogue()

    def refresh(self) -> list[FeedState]:
        """Index what changed, here and now.

        Raises FeedsBusyError if another process is at it, OSError if the index cannot be written.
        """
        states = build.refresh(self._folder, self._index)
        self._read_catalogue()
        return states

    def states(self) -> tuple[FeedState, ...]:
        """The feeds as they are indexed, with what is wrong with them."""
        self._read_catalogue()
        return self._states

    def errors(self) -> dict[str, str]:
        """Feed -> why its files as they are now, or parts of them, are not in use."""
        problems = {state.name: state.error or state.warning for state in self.states()}
        return {name: problem for name, problem in problems.items() if problem}

    def is_stale(self) -> bool:
        """Whether files changed that are not indexed yet, or an index is damaged."""
        states = self.states()
        opened = {feed.state.segment for feed in self._opened.values()}
        damaged = any(state.segment and state.segment not in opened for state in states)
        return damaged or build.is_stale(self._folder, states)

    def _keep_fresh(self) -> None:
        now = time.monotonic()
        if now < self._next_check:
            return
        self._next_check = now + self._check_seconds
        if not self.is_stale():
            return
        self._builder.start()
        if self._stamp is None:
            self._wait(now + self._first_build_seconds)

    def _wait(self, deadline: float) -> None:
        """Wait for the first index, whichever process makes it."""
        while time.monotonic() < deadline and self.is_stale():
            self._builder.start()
            time.sleep(0.1)

    def _read_catalogue(self) -> None:
        """Open what the catalogue names, until it stays the same (segments may be replaced)."""
        for _ in range(_ATTEMPTS):
            stamp = catalogue.stamp(self._index)
            if stamp == self._stamp:
                return
            states = tuple(catalogue.load(self._index).values())
            opened = {state.key: self._open(state) for state in states if state.segment}
            self._opened = {key: feed for key, feed in opened.items() if feed}
            self._states, self._stamp = states, stamp

    def _open(self, state: FeedState) -> "_Opened | None":
        """The feed with its segment; if that cannot be opened, the feed as it was."""
        known = self._opened.get(state.key)
        if known and known.state.segment == state.segment:
            return _Opened(state, known.segment)
        try:
            return _Opened(state, Segment(build.segment_folder(self._index, state)))
        except SegmentError as error:
            _log.info("feeds: %s: %s", state.name, error)
            return known

    def _lookup(self, observables: list[Observable]) -> dict[Observable, list[Verdict]]:
        feeds = list(self._opened.values())
        owners = _owners(observables, feeds)
        keys, digests = in_order(owners)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        found: dict[Observable, list[Verdict]] = defaultdict(list)
        for feed in feeds:
            hits = feed.segment.find(keys, digests)
            for index, matches in _matches(hits, owners):
                observable = observables[index]
                if verdict := _verdict(feed.state, observable, matches, hits, now):
                    found[observable].append(verdict)
        return dict(found)


@dataclass(frozen=True)
class _Opened:
    state: FeedState
    segment: Segment


Owners = dict[bytes, list[tuple[int, int]]]


def _owners(observables: Sequence[Observable], feeds: Sequence[_Opened]) -> Owners:
    """Key -> the observables that an entry of this key matches: (how specific it is, index)."""
    prefixes = PrefixLengths()
    for feed in feeds:
        prefixes.update(feed.segment.prefixes)
    owners: Owners = defaultdict(list)
    for index, observable in enumerate(observables):
        for rank, key in enumerate(matching_keys(observable.value, prefixes)):
            owners[key].append((rank, index))
    return owners


def _matches(hits: dict[bytes, list[bytes]], owners: Owners) -> Iterator[tuple[int, Matches]]:
    """Each observable that is hit, with the entries that match it, the most specific first."""
    by_observable: dict[int, Matches] = defaultdict(list)
    for key in hits:
        for rank, index in owners[key]:
            by_observable[index].append((rank, key))
    for index, matches in by_observable.items():
        yield index, sorted(matches)


def _verdict(
    state: FeedState,
    observable: Observable,
    matches: Matches,
    hits: dict[bytes, list[bytes]],
    now: str,
) -> Verdict | None:
    """The verdict of the most specific entry that has not expired."""
    for _, key in matches:
        if verdict := details.verdict(state, observable, entry_text(key), hits[key], now):
            return verdict
    return None
