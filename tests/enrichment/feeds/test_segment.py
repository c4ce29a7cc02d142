from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.enrichment.feed_index import segment
from app.enrichment.feed_index.keys import in_order
from app.enrichment.feed_index.segment import Segment, SegmentError

KEYS = st.binary(min_size=1, max_size=40).map(lambda key: b"d" + key)


def find(made: Segment, *keys: bytes) -> dict[bytes, list[bytes]]:
    return made.find(*in_order(dict.fromkeys(keys)))


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(KEYS, st.binary(max_size=20)), max_size=50), st.lists(KEYS, max_size=20))
def test_segment_gives_back_what_was_written_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[bytes, bytes]], others: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("segment")
    assert segment.write(folder, pairs) == len(pairs)
    expected: dict[bytes, list[bytes]] = {}
    for key, details in pairs:
        expected.setdefault(key, []).append(details)
    assert find(Segment(folder), *expected, *others) == expected


def test_segment_compares_whole_keys_where_digests_collide(tmp_path: Path) -> None:
    segment.write(tmp_path, [(b"dstored.example.com", b"1")])
    _, digests = in_order([b"dstored.example.com"])
    assert Segment(tmp_path).find([b"dother.example.com"], digests) == {}


def test_segment_knows_the_lengths_of_its_blocks(tmp_path: Path) -> None:
    segment.write(
        tmp_path, [(b"n192.0.2.0/24", b""), (b"n2001:db8::/32", b""), (b"n10.0.0.0/8", b"")]
    )
    assert Segment(tmp_path).prefixes.by_version == {4: {8, 24}, 6: {32}}


def test_segment_is_readable_after_its_folder_is_gone(tmp_path: Path) -> None:
    segment.write(tmp_path, [(b"da", b"1")])
    made = Segment(tmp_path)
    for path in tmp_path.iterdir():
        path.unlink()
    assert find(made, b"da") == {b"da": [b"1"]}


@pytest.mark.parametrize("name", ["meta.json", "records.bin", "hashes.npy"])
def test_segment_refuses_to_open_what_is_incomplete(tmp_path: Path, name: str) -> None:
    segment.write(tmp_path, [(b"da", b"1")])
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-1])
    with pytest.raises(SegmentError):
        Segment(tmp_path)


def test_segment_bounds_what_it_reads_for_one_key(tmp_path: Path) -> None:
    segment.write(tmp_path, [(b"da", b"%d" % number) for number in range(1_000)])
    assert len(find(Segment(tmp_path), b"da")[b"da"]) == segment.MAX_SAME_KEY


def test_write_refuses_too_many_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment, "MAX_ENTRIES", 2)
    with pytest.raises(SegmentError, match="more than 2 entries: split the file"):
        segment.write(tmp_path, [(b"da", b"")] * 3)


def test_in_order_sorts_keys_by_their_digests() -> None:
    keys, digests = in_order([b"a", b"b", b"c", b"d"])
    assert sorted(keys) == [b"a", b"b", b"c", b"d"]
    assert np.all(digests[:-1] <= digests[1:])
