"""The feeds of a folder: which file or MISP folder is a feed, and how it is read."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app.enrichment.feed_formats import misp, opening, settings, stix, tables, text
from app.enrichment.feed_formats.entry import Entry, FeedError
from app.enrichment.feed_formats.settings import FeedSettings

TEXT = {".txt", ".list", ".lst", ".ipset", ".netset", ".hosts", ".ioc"}
TABLES = {".csv"}
DOCUMENTS = {".json", ".stix", ".stix2"}
_SETTINGS = {".yaml", ".yml"}
_NO_FEEDS = {".md", ".part", ".tmp"}
_MAX_DEPTH = 4


@dataclass(frozen=True)
class Source:
    """A feed that has not been read: a file, or the folder of a MISP feed.

    `key` is its path below the feeds folder, `name` the same without suffixes.
    """

    key: str
    name: str
    path: Path

    @property
    def settings_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.yaml")

    def files(self) -> list[Path]:
        """The files that it is made of. Raises FeedError if a MISP feed's manifest is broken."""
        if self.path.is_dir():
            return [self.path / misp.MANIFEST, *misp.event_files(self.path)]
        return [self.path]

    def stamp(self) -> str:
        """What changes whenever one of its files may have changed; costs no reading."""
        files = sorted(self.path.glob("*.json")) if self.path.is_dir() else [self.path]
        status = repr([_status(path) for path in (*files, self.settings_path)])
        return hashlib.blake2b(status.encode(), digest_size=16).hexdigest()


def _status(path: Path) -> tuple[str, int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return path.name, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def find(folder: Path) -> list[Source]:
    """The feeds below `folder`, sorted. What is hidden, a README or a YAML file is none."""
    found = _find(folder, "", 0) if folder.is_dir() else ()
    return sorted(found, key=lambda source: source.key)


def _find(folder: Path, prefix: str, depth: int) -> Iterator[Source]:
    for path in folder.iterdir():
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if (path / misp.MANIFEST).is_file():
                yield Source(prefix + path.name, prefix + path.name, path)
            elif depth < _MAX_DEPTH:
                yield from _find(path, f"{prefix}{path.name}/", depth + 1)
        elif path.suffix.lower() not in _SETTINGS | _NO_FEEDS and path.is_file():
            yield Source(prefix + path.name, prefix + _stem(path), path)


def _stem(path: Path) -> str:
    suffix = opening.format_of(path)
    end = path.name.lower().rfind(suffix) if suffix else len(path.name)
    return path.name[:end].replace("|", "/")


def load_settings(source: Source) -> FeedSettings:
    """The feed's settings: the user's, and for a known dump its name, columns and link."""
    found = settings.load(source.settings_path, "")
    if not source.path.is_dir() and opening.format_of(source.path) in TABLES:
        found = _with_columns(source, found)
    return replace(found, name=found.name or source.name)


def _with_columns(source: Source, found: FeedSettings) -> FeedSettings:
    if found.columns:
        return found
    dump = tables.known_dump(source.path)
    if not dump:
        raise FeedError(
            f"{source.path.name}: not a known dump: write {source.settings_path.name} beside it, "
            "with csv: {value: <the column that holds the indicators>}"
        )
    return replace(
        found,
        name=found.name or dump.name,
        columns=dump.columns,
        link=found.link or dump.link,
    )


def read(source: Source, columns: settings.Columns | None, broken: list[str]) -> Iterator[Entry]:
    """The entries of a feed. Raises FeedError if it cannot be read.

    Of a MISP feed, events that cannot be read are left out, and told in `broken`.
    """
    suffix = opening.format_of(source.path)
    if source.path.is_dir():
        yield from _misp(source.path, broken)
    elif source.path.stat().st_size == 0:
        raise FeedError(f"{source.path.name}: empty")
    elif suffix in DOCUMENTS:
        yield from _document(source.path)
    elif columns and suffix in TABLES:
        yield from tables.read(source.path, columns)
    elif suffix in TEXT or not suffix:
        yield from text.read(source.path)
    else:
        known = ", ".join(sorted(TEXT | TABLES | DOCUMENTS))
        raise FeedError(f"{source.path.name}: {suffix!r} is no kind of feed: use {known}")


def _misp(folder: Path, broken: list[str]) -> Iterator[Entry]:
    for path in misp.event_files(folder):
        try:
            yield from list(misp.read(path))
        except FeedError as error:
            broken.append(str(error))


def _document(path: Path) -> Iterator[Entry]:
    document = opening.document(path)
    if stix.is_bundle(document):
        return stix.of_document(document, path.name)
    if misp.is_event(document):
        return misp.of_document(document, path.name)
    raise FeedError(f"{path.name}: neither a STIX bundle nor a MISP event")
