"""The list of the feeds that are indexed: one JSON file, replaced in one step."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from app.files import replacing

FORMAT = 1
_FILE = "catalogue.json"


@dataclass(frozen=True)
class FeedState:
    """A feed as it was last indexed, and what was wrong with it when it was last looked at."""

    key: str  # its path below the feeds folder
    name: str  # as its verdicts are signed
    stamp: str = ""  # of its files when they were last looked at
    content: str = ""  # digest of what its segment was made from
    segment: str = ""  # the folder of its segment below the index folder, '' if there is none yet
    entries: int = 0
    left_out: int = 0  # lines or values that are no indicators
    example: str = ""  # the first of them
    error: str = ""  # why the files as they are now are not indexed
    warning: str = ""
    built: str = ""  # when the segment was made, ISO 8601 UTC
    verdict: str = "malicious"
    score: int = 90
    tags: list[str] = field(default_factory=list)
    link: str = ""


def stamp(index: Path) -> tuple[int, int] | None:
    """What changes when the catalogue is replaced; None if there is none."""
    try:
        status = (index / _FILE).stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino


def load(index: Path) -> dict[str, FeedState]:
    """The feeds by key; none if there is no catalogue, or one of another format."""
    try:
        content = json.loads((index / _FILE).read_bytes())
        if content["format"] != FORMAT:
            return {}
        return {feed["key"]: FeedState(**feed) for feed in content["feeds"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def save(index: Path, feeds: Iterable[FeedState]) -> None:
    """Replace the catalogue."""
    content = {"format": FORMAT, "feeds": [asdict(feed) for feed in feeds]}
    with replacing(index / _FILE) as file:
        file.write(json.dumps(content, indent=1).encode())
