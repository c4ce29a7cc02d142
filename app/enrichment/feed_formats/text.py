"""Text lists: one indicator a line, what follows a blank is a remark.

Also takes hosts files (`0.0.0.0 name`).
"""

from collections.abc import Iterator
from pathlib import Path

from app.enrichment.feed_formats import opening
from app.enrichment.feed_formats.entry import Entry

COMMENTS = ("#", ";", "//", "!")
_SINKS = ("0.0.0.0", "127.0.0.1", "::", "::1")  # noqa: S104 (where hosts files send names)
_LOCAL = ("localhost", "localhost.localdomain", "broadcasthost", "local")


def read(path: Path) -> Iterator[Entry]:
    """The entries of a list. Raises FeedError if the file cannot be read."""
    with opening.lines(path) as lines:
        for line in lines:
            if (words := line.split(None, 2)) and not words[0].startswith(COMMENTS):
                yield Entry(_indicator(words).rstrip(",;"))


def _indicator(words: list[str]) -> str:
    if len(words) > 1 and words[0] in _SINKS and not words[1].startswith(COMMENTS):
        return words[1] if words[1] not in _LOCAL else words[0]
    return words[0]
