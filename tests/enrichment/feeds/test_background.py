"""The background process: real, since what matters is that it is another process."""

import time
from pathlib import Path

from app.enrichment.feeds import Feeds
from app.enrichment.observables import Observable

KNOWN = Observable("ipv4", "192.0.2.1")
NEW = Observable("ipv4", "192.0.2.2")


def test_first_lookup_waits_for_the_first_index_and_later_ones_for_nothing(tmp_path: Path) -> None:
    feeds_folder = tmp_path / "feeds"
    feeds_folder.mkdir()
    (feeds_folder / "a.txt").write_text("192.0.2.1\n")
    feeds = Feeds(feeds_folder, tmp_path / "index", check_seconds=0, first_build_seconds=20)
    assert [verdict.source for verdict in feeds.lookup_many([KNOWN])[KNOWN]] == ["a"]
    (feeds_folder / "a.txt").write_text("192.0.2.2\n")
    assert set(feeds.lookup_many([KNOWN, NEW])) == {KNOWN}
    deadline = time.monotonic() + 20
    while feeds.is_stale() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert set(feeds.lookup_many([KNOWN, NEW])) == {NEW}


def test_index_that_cannot_be_written_costs_the_feeds_only(tmp_path: Path) -> None:
    feeds_folder = tmp_path / "feeds"
    feeds_folder.mkdir()
    (feeds_folder / "a.txt").write_text("192.0.2.1\n")
    (tmp_path / "index").write_text("a file where the folder should be")
    feeds = Feeds(feeds_folder, tmp_path / "index", check_seconds=0, first_build_seconds=0.5)
    assert feeds.lookup_many([KNOWN]) == {}
    assert feeds.is_stale()
