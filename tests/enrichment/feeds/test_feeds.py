"""Feeds as their users have them: files in a folder, observables in, verdicts out."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.enrichment.feed_index import build
from app.enrichment.feed_index.build import FeedsBusyError
from app.enrichment.feeds import Feeds
from app.enrichment.observables import Observable, detect
from app.enrichment.verdicts import Verdict

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_feed(name: str, text: str) -> Path:
        path = tmp_path / "feeds" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write_feed


@pytest.fixture
def feeds(tmp_path: Path) -> Feeds:
    """Feeds that are indexed only when a test says so."""
    return Feeds(tmp_path / "feeds", tmp_path / "index", check_seconds=1e9, first_build_seconds=0)


@pytest.fixture(autouse=True)
def no_background(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.enrichment.feed_index.builder.Builder.start", lambda self: None)


def observable(text: str) -> Observable:
    found = detect(text)
    assert found is not None
    return found


def lookup(feeds: Feeds, text: str) -> list[Verdict]:
    found = observable(text)
    return feeds.lookup_many([found]).get(found, [])


def sources(feeds: Feeds, text: str) -> list[str]:
    return [verdict.source for verdict in lookup(feeds, text)]


@pytest.mark.parametrize(
    ("entry", "matching", "others"),
    [
        ("evil.example.com", ["evil.example.com", "a.b.evil.example.com", "http://x.evil.example.com/y"],
         ["example.com", "notevil.example.com", "evil.example.com.example.org"]),
        ("198.51.100.0/24", ["198.51.100.0", "198.51.100.255", "https://198.51.100.9:8443/a"],
         ["198.51.101.0", "198.51.99.255"]),
        ("2001:db8:1::/48", ["2001:db8:1::", "2001:db8:1:ffff::1"], ["2001:db8:2::1", "198.51.100.1"]),
        ("192.0.2.7:4444", ["192.0.2.7", "http://192.0.2.7/x"], ["192.0.2.70"]),
        ("http://example.com/gate.php",
         ["http://example.com/gate.php", "http://example.com/gate.php?id=1", "http://EXAMPLE.com:80/gate.php#x",
          "http://user@example.com/gate.php"],
         ["https://example.com/gate.php", "http://example.com/gate.php/x", "http://example.com/", "example.com"]),
        ("http://example.com/get?id=7", ["http://example.com/get?id=7"],
         ["http://example.com/get", "http://example.com/get?id=8"]),
        ("example.com/gate.php", ["http://example.com/gate.php", "https://example.com/gate.php?x"],
         ["http://example.com/"]),
        ("A@example.com", ["a@example.com"], ["b@example.com", "example.com"]),
        ("AB" * 32, ["ab" * 32], ["ab" * 31 + "ac", "ab" * 16]),
    ],
)  # fmt: skip
def test_entry_matches(
    write: Write, feeds: Feeds, entry: str, matching: list[str], others: list[str]
) -> None:
    write("list.txt", entry)
    feeds.refresh()
    assert [text for text in matching if not lookup(feeds, text)] == []
    assert [text for text in others if lookup(feeds, text)] == []


def test_verdict_of_a_plain_list(write: Write, feeds: Feeds) -> None:
    write("list.txt", "evil.example.com\n")
    feeds.refresh()
    assert lookup(feeds, "evil.example.com") == [Verdict("list", "malicious", 90)]
    assert lookup(feeds, "www.evil.example.com") == [
        Verdict("list", "malicious", 90, ("entry:evil.example.com",))
    ]


def test_verdict_with_settings_beside_the_feed(write: Write, feeds: Feeds) -> None:
    write("list.txt", "198.51.100.0/24\n")
    write(
        "list.txt.yaml",
        "{name: Ours, verdict: suspicious, score: 40, tags: [scanner], "
        "link: 'https://ti.example.com/{kind}?q={value}'}",
    )
    feeds.refresh()
    assert lookup(feeds, "198.51.100.3") == [
        Verdict(
            "Ours",
            "suspicious",
            40,
            ("scanner", "entry:198.51.100.0/24"),
            "https://ti.example.com/ipv4?q=198.51.100.0%2F24",
        )
    ]


def test_verdict_joins_the_records_of_one_entry(write: Write, feeds: Feeds) -> None:
    write("own.csv.yaml", "csv: {value: ip, tags: family, score: score, seen: seen, port: port}")
    write(
        "own.csv",
        "ip,port,family,score,seen\n192.0.2.1,443,A,50,2026-01-01\n192.0.2.1,80,B,75,2025-01-01\n",
    )
    feeds.refresh()
    assert lookup(feeds, "192.0.2.1") == [
        Verdict("own", "malicious", 75, ("A", "port:443", "B", "port:80"), "", "2026-01-01")
    ]


def test_verdict_of_the_most_specific_entry(write: Write, feeds: Feeds) -> None:
    write("own.csv.yaml", "csv: {value: 1, tags: 2}")
    write(
        "own.csv",
        "example.com,whole domain\nwww.example.com,one host\n192.0.2.0/24,block\n192.0.2.1,host\n",
    )
    feeds.refresh()
    assert [verdict.tags for verdict in lookup(feeds, "a.www.example.com")] == [
        ("one host", "entry:www.example.com")
    ]
    assert [verdict.tags for verdict in lookup(feeds, "192.0.2.1")] == [("host",)]


def test_verdict_of_an_expired_indicator_is_none(write: Write, feeds: Feeds) -> None:
    objects = [
        {"type": "indicator", "id": f"indicator--{until}", "pattern": f"[ipv4-addr:value = '{ip}']",
         "valid_until": f"{until}-01-01T00:00:00Z"}
        for ip, until in (("192.0.2.1", 2020), ("192.0.2.2", 2999))
    ]  # fmt: skip
    write("bundle.json", json.dumps({"type": "bundle", "objects": objects}))
    feeds.refresh()
    assert sources(feeds, "192.0.2.1") == []
    assert sources(feeds, "192.0.2.2") == ["bundle"]


def test_every_feed_that_knows_an_observable_is_told(write: Write, feeds: Feeds) -> None:
    for name in ("b.txt", "a/a.txt", "c.txt"):
        write(name, "192.0.2.1\n")
    write("d.txt", "192.0.2.2\n")
    feeds.refresh()
    assert sources(feeds, "192.0.2.1") == ["a/a", "b", "c"]


def test_lookup_leaves_out_what_no_feed_knows(write: Write, feeds: Feeds) -> None:
    write("a.txt", "192.0.2.1\n")
    feeds.refresh()
    known, unknown = observable("192.0.2.1"), observable("192.0.2.2")
    assert set(feeds.lookup_many([unknown, known, known])) == {known}
    assert feeds.lookup_many([]) == {}


def test_feeds_without_a_folder_know_nothing(feeds: Feeds) -> None:
    assert feeds.refresh() == []
    assert sources(feeds, "192.0.2.1") == []


def test_another_process_sees_a_change_without_restart(
    write: Write, feeds: Feeds, tmp_path: Path
) -> None:
    write("a.txt", "192.0.2.1\n")
    feeds.refresh()
    other = Feeds(tmp_path / "feeds", tmp_path / "index", check_seconds=1e9)
    assert sources(other, "192.0.2.1") == ["a"]
    write("a.txt", "192.0.2.2\n")
    write("b.txt", "192.0.2.2\n")
    feeds.refresh()
    assert sources(other, "192.0.2.1") == []
    assert sources(other, "192.0.2.2") == ["a", "b"]
    (tmp_path / "feeds" / "a.txt").unlink()
    feeds.refresh()
    assert sources(other, "192.0.2.2") == ["b"]


def test_refresh_indexes_only_what_changed(write: Write, feeds: Feeds) -> None:
    write("a.txt", "192.0.2.1\n")
    write("b.txt", "192.0.2.1\n")
    before = {state.key: state.segment for state in feeds.refresh()}
    write("b.txt", "192.0.2.2\n")
    after = {state.key: state.segment for state in feeds.refresh()}
    assert before["a.txt"] == after["a.txt"]
    assert before["b.txt"] != after["b.txt"]


def test_refresh_keeps_the_segment_of_a_file_with_a_new_time_only(
    write: Write, feeds: Feeds
) -> None:
    path = write("a.txt", "192.0.2.1\n")
    before = feeds.refresh()
    os.utime(path, (1, 1))
    assert feeds.is_stale()
    after = feeds.refresh()
    assert not feeds.is_stale()
    assert [state.segment for state in before] == [state.segment for state in after]


def test_refresh_applies_new_settings_without_reading_the_feed(write: Write, feeds: Feeds) -> None:
    write("a.txt", "192.0.2.1\n")
    before = feeds.refresh()
    write("a.txt.yaml", "verdict: benign")
    after = feeds.refresh()
    assert [state.segment for state in before] == [state.segment for state in after]
    assert lookup(feeds, "192.0.2.1") == [Verdict("a", "benign", 0)]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("", "a.txt: empty"),
        ("<html>\n<body>Bad Gateway</body>\n", "a.txt: no indicator in 2 entries: '<html>'"),
    ],
)
def test_broken_feed_is_reported_and_keeps_its_entries(
    write: Write, feeds: Feeds, broken: str, message: str
) -> None:
    write("a.txt", "192.0.2.1\n")
    feeds.refresh()
    write("a.txt", broken)
    feeds.refresh()
    assert feeds.errors() == {"a": message}
    assert not feeds.is_stale()
    assert sources(feeds, "192.0.2.1") == ["a"]
    write("a.txt", "192.0.2.2\n")
    feeds.refresh()
    assert feeds.errors() == {}
    assert sources(feeds, "192.0.2.2") == ["a"]


def test_broken_settings_are_reported_and_change_nothing(write: Write, feeds: Feeds) -> None:
    write("a.txt", "192.0.2.1\n")
    feeds.refresh()
    write("a.txt.yaml", "verdict: bad")
    feeds.refresh()
    assert list(feeds.errors()) == ["a"]
    assert lookup(feeds, "192.0.2.1") == [Verdict("a", "malicious", 90)]


def test_feed_of_comments_is_empty_and_not_broken(write: Write, feeds: Feeds) -> None:
    write("a.txt", "# nothing today\n")
    assert [(state.entries, state.error) for state in feeds.refresh()] == [(0, "")]
    assert sources(feeds, "192.0.2.1") == []


def test_states_tell_what_was_left_out(write: Write, feeds: Feeds) -> None:
    write("a.txt", "192.0.2.1\nno-indicator\nnor this\n")
    (state,) = feeds.refresh()
    assert (state.entries, state.left_out, state.example) == (1, 2, "no-indicator")


def test_damaged_index_is_made_again(write: Write, feeds: Feeds, tmp_path: Path) -> None:
    write("a.txt", "192.0.2.1\n")
    (state,) = feeds.refresh()
    (build.segment_folder(tmp_path / "index", state) / "meta.json").write_text("{}")
    other = Feeds(tmp_path / "feeds", tmp_path / "index", check_seconds=1e9)
    assert sources(other, "192.0.2.1") == []
    assert other.is_stale()
    other.refresh()
    assert sources(other, "192.0.2.1") == ["a"]


def test_damaged_catalogue_is_made_again(write: Write, feeds: Feeds, tmp_path: Path) -> None:
    write("a.txt", "192.0.2.1\n")
    feeds.refresh()
    (tmp_path / "index" / "catalogue.json").write_text("{")
    assert feeds.is_stale()
    feeds.refresh()
    assert sources(feeds, "192.0.2.1") == ["a"]


def test_refresh_deletes_segments_that_no_feed_has(
    write: Write, feeds: Feeds, tmp_path: Path
) -> None:
    write("a.txt", "192.0.2.1\n")
    feeds.refresh()
    (tmp_path / "index" / "segments" / "left-by-a-killed-build").mkdir()
    write("a.txt", "192.0.2.2\n")
    (state,) = feeds.refresh()
    assert [path.name for path in (tmp_path / "index" / "segments").iterdir()] == [state.segment]


@contextmanager
def another_process_builds(index: Path) -> Iterator[None]:
    code = (
        "import fcntl, sys; file = open(sys.argv[1], 'w'); fcntl.flock(file, fcntl.LOCK_EX);"
        "print('locked', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, index / ".lock"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout and process.stdin
        assert process.stdout.readline() == b"locked\n"
        yield
        process.stdin.close()


def test_refresh_leaves_an_index_alone_that_another_process_builds(
    write: Write, feeds: Feeds, tmp_path: Path
) -> None:
    write("a.txt", "192.0.2.1\n")
    feeds.refresh()
    write("a.txt", "192.0.2.2\n")
    with another_process_builds(tmp_path / "index"):
        with pytest.raises(FeedsBusyError, match="another process is indexing"):
            feeds.refresh()
        assert sources(feeds, "192.0.2.1") == ["a"]
    feeds.refresh()
    assert sources(feeds, "192.0.2.2") == ["a"]
