"""Opens a feed's file, packed or not, as text or as JSON, up to a size."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import orjson

from app.enrichment.feed_formats.entry import FeedError

MAX_TEXT_BYTES = 8 << 30  # of a text or CSV file, unpacked: it is read line by line
MAX_JSON_BYTES = 256 << 20  # of a JSON file, unpacked: it is read whole
MAX_LINE = 65_536


def format_of(path: Path) -> str:
    """The suffix that says what a file holds, in lower case, without .gz or .zip."""
    name = path.name.lower()
    for packed in (".gz", ".zip"):
        name = name.removesuffix(packed)
    return Path(name).suffix


@contextmanager
def lines(path: Path) -> Iterator[Iterator[str]]:
    """The lines of a text file without their ends. Raises FeedError if it cannot be read."""
    with _unpacked(path) as raw:
        buffered = io.BufferedReader(cast(io.RawIOBase, raw))
        # Lists that were made on Windows may be UTF-16.
        utf16 = buffered.peek(2)[:2] in (b"\xff\xfe", b"\xfe\xff")
        encoding = "utf-16" if utf16 else "utf-8-sig"
        with io.TextIOWrapper(buffered, encoding, "replace", newline=None) as file:
            yield _lines(path, file)


def _lines(path: Path, file: io.TextIOWrapper) -> Iterator[str]:
    left = MAX_TEXT_BYTES
    while line := file.readline(MAX_LINE):
        left -= len(line)
        if left < 0:
            raise FeedError(f"{path.name}: larger than {MAX_TEXT_BYTES} bytes: split it")
        yield line.rstrip("\n")


def document(path: Path) -> Any:
    """The content of a JSON file. Raises FeedError if it cannot be read."""
    with _unpacked(path) as raw:
        content = raw.read(MAX_JSON_BYTES + 1)
    if len(content) > MAX_JSON_BYTES:
        raise FeedError(f"{path.name}: larger than {MAX_JSON_BYTES} bytes: split it")
    try:
        return orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise FeedError(f"{path.name}: not readable as JSON: {error}") from error


@contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("rb") as file:
            if path.name.lower().endswith(".gz"):
                yield cast(IO[bytes], gzip.GzipFile(fileobj=file))
            elif path.name.lower().endswith(".zip"):
                yield from _only_member(path, file)
            else:
                yield file
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
        raise FeedError(f"{path.name}: not readable: {error}") from error


def _only_member(path: Path, file: IO[bytes]) -> Iterator[IO[bytes]]:
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        if len(names) != 1:
            raise FeedError(f"{path.name}: holds {len(names)} files, expected one")
        with archive.open(names[0]) as member:
            yield member
