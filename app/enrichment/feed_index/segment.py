"""One feed on disk, memory-mapped: sorted digests of its keys, and what it says about each.

A folder of five files, written once and never changed:

    hashes.npy   uint64, sorted: the digests of the keys
    places.npy   uint64, beside them: where the record of each stands in records.bin
    records.bin  per entry: place of its details (u64), length of its key (u16), key
    details.bin  details, each once: length (u32), JSON
    meta.json    number of entries, file sizes, lengths of the CIDR blocks

Equal digests stand side by side and the whole key is compared, so a collision costs a comparison
and never gives a wrong answer.
"""

import json
import mmap
import struct
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from app.enrichment.feed_index.keys import Hashes, PrefixLengths, digest

FORMAT = 1
MAX_ENTRIES = 20_000_000  # of one feed: its builder needs about 40 bytes of memory for each
MAX_SAME_KEY = 256  # records that are read for one key
_MAGIC = b"DSDLHUNT"
_RECORD = struct.Struct("<QH")
_LENGTH = struct.Struct("<I")
_REMEMBERED = 65_536  # details that are recognised when they come again
_FILES = ("hashes.npy", "places.npy", "records.bin", "details.bin")


class SegmentError(ValueError):
    """A segment is incomplete, or of another version of this program."""


def write(folder: Path, entries: Iterable[tuple[bytes, bytes]]) -> int:
    """Make a segment of (key, details) pairs in an empty folder; returns how many there were.

    Raises SegmentError if there are too many.
    """
    writer = _Writer(folder)
    try:
        for key, details in entries:
            writer.add(key, details)
        writer.finish()
    finally:
        writer.close()
    return len(writer)


class _Writer:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._digests = bytearray()
        self._places = array("Q")
        self._prefixes = PrefixLengths()
        self._remembered: dict[bytes, int] = {}
        self._records = self._open("records.bin")
        self._details = self._open("details.bin")

    def _open(self, name: str) -> BinaryIO:
        file = (self._folder / name).open("wb", buffering=1 << 20)
        file.write(_MAGIC)
        return file

    def __len__(self) -> int:
        return len(self._places)

    def add(self, key: bytes, details: bytes) -> None:
        if len(self) == MAX_ENTRIES:
            raise SegmentError(f"more than {MAX_ENTRIES} entries: split the file")
        if key.startswith(b"n"):
            self._prefixes.add(key.decode())
        self._digests += digest(key)
        self._places.append(self._records.tell())
        self._records.write(_RECORD.pack(self._place_of(details), len(key)) + key)

    def _place_of(self, details: bytes) -> int:
        """Where `details` stand; 0 if there are none."""
        if not details:
            return 0
        place = self._remembered.get(details)
        if place is None:
            if len(self._remembered) == _REMEMBERED:
                self._remembered.clear()
            place = self._details.tell()
            # A copy: what orjson returns keeps a buffer of 4 KiB alive.
            self._remembered[bytes(memoryview(details))] = place
            self._details.write(_LENGTH.pack(len(details)) + details)
        return place

    def finish(self) -> None:
        """Sort, and write what makes the segment complete."""
        self._records.close()
        self._details.close()
        unsorted = np.frombuffer(self._digests, dtype="<u8")
        order = np.argsort(unsorted, kind="stable")
        np.save(self._folder / "hashes.npy", unsorted[order])
        np.save(self._folder / "places.npy", np.frombuffer(self._places, dtype="<u8")[order])
        meta = {
            "format": FORMAT,
            "entries": len(self),
            "sizes": _sizes(self._folder),
            "prefixes": {str(k): sorted(v) for k, v in self._prefixes.by_version.items()},
        }
        (self._folder / "meta.json").write_text(json.dumps(meta))

    def close(self) -> None:
        self._records.close()
        self._details.close()


def _sizes(folder: Path) -> dict[str, int]:
    return {name: (folder / name).stat().st_size for name in _FILES}


class Segment:
    """A segment to search. It stays readable after its folder is deleted."""

    def __init__(self, folder: Path) -> None:
        """Raises SegmentError if the folder holds no complete segment of this format."""
        try:
            meta = json.loads((folder / "meta.json").read_text())
            if meta["format"] != FORMAT or meta["sizes"] != _sizes(folder):
                raise ValueError("incomplete, or of another version")
            self.prefixes = PrefixLengths({int(k): set(v) for k, v in meta["prefixes"].items()})
            self.entries: int = meta["entries"]
            self._hashes: Hashes = np.load(folder / "hashes.npy", mmap_mode="r")
            self._places: Hashes = np.load(folder / "places.npy", mmap_mode="r")
            self._records = _mapped(folder / "records.bin")
            self._details = _mapped(folder / "details.bin")
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise SegmentError(f"{folder}: not readable: {error}") from error

    def find(self, keys: list[bytes], hashes: Hashes) -> dict[bytes, list[bytes]]:
        """The details of each key that is stored: JSON, or b'' where the entry has none.

        `hashes` are the digests of `keys`, in the same order.
        """
        if not self.entries:
            return {}
        starts = np.searchsorted(self._hashes, hashes)
        inside = np.minimum(starts, self.entries - 1)
        hits = np.flatnonzero(self._hashes[inside] == hashes)
        found = ((keys[hit], self._with(keys[hit], int(starts[hit]), hashes[hit])) for hit in hits)
        return {key: details for key, details in found if details}

    def _with(self, key: bytes, start: int, wanted: np.uint64) -> list[bytes]:
        details = []
        for index in range(start, min(start + MAX_SAME_KEY, self.entries)):
            if self._hashes[index] != wanted:
                break
            place = int(self._places[index])
            where, length = _RECORD.unpack_from(self._records, place)
            begin = place + _RECORD.size
            if self._records[begin : begin + length] == key:
                details.append(self._details_at(where))
        return details

    def _details_at(self, place: int) -> bytes:
        if not place:
            return b""
        (length,) = _LENGTH.unpack_from(self._details, place)
        begin = place + _LENGTH.size
        return self._details[begin : begin + length]


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
