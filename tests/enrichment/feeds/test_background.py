"""The background process: real, since what matters is that it is another process."""

import threading
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
    while set(feeds.lookup_many([KNOWN, NEW])) != {NEW}:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_index_that_cannot_be_written_costs_the_feeds_only(tmp_path: Path) -> None:
    feeds_folder = tmp_path / "feeds"
    feeds_folder.mkdir()
    (feeds_folder / "a.txt").write_text("192.0.2.1\n")
    (tmp_path / "index").write_text("a file where the folder should be")
    feeds = Feeds(feeds_folder, tmp_path / "index", check_seconds=0, first_build_seconds=0.5)
    assert feeds.lookup_many([KNOWN]) == {}
    assert feeds.is_stale()


def test_lookups_see_a_whole_index_at_any_time(tmp_path: Path) -> None:
    feeds_folder = tmp_path / "feeds"
    feeds_folder.mkdir()
    writer = Feeds(feeds_folder, tmp_path / "index", check_seconds=1e9)
    versions = [Observable("domain", f"v{number}.example.com") for number in range(3)]

    def build(count: int) -> None:
        for number in range(count):
            text = f"{KNOWN.value}\n{versions[number % 3].value}\n"
            (feeds_folder / "a.txt").write_text(text)
            writer.refresh()

    build(1)
    reader = Feeds(feeds_folder, tmp_path / "index", check_seconds=1e9)
    assert KNOWN in reader.lookup_many([KNOWN])  # it has checked the files, and builds nothing
    thread = threading.Thread(target=build, args=(8,))
    thread.start()
    seen = []
    while thread.is_alive():
        found = reader.lookup_many([KNOWN, *versions])
        seen.append(KNOWN in found and len(found) == 2)
    assert len(seen) > 3
    assert all(seen)
