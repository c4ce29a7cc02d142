"""One pass over a feed: its entries as the index stores them, and what was left out."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.enrichment.feed_formats import sources
from app.enrichment.feed_formats.entry import FeedError, clean
from app.enrichment.feed_formats.settings import Columns
from app.enrichment.feed_formats.sources import Source
from app.enrichment.feed_formats.values import indicator
from app.enrichment.feed_index import details
from app.enrichment.feed_index.keys import stored_key

_EXAMPLE = 100  # characters that are shown of what is no indicator


@dataclass
class Reading:
    """Counts what `pairs` leaves out: values that are no indicators, and MISP events."""

    source: Source
    columns: Columns | None
    left_out: int = 0
    example: str = ""
    broken: list[str] = field(default_factory=list)

    def pairs(self) -> Iterator[tuple[bytes, bytes]]:
        """(key, details) of every indicator. Raises FeedError if the feed cannot be read."""
        try:
            for entry in sources.read(self.source, self.columns, self.broken):
                if named := indicator(entry.text):
                    yield stored_key(named), details.encode(entry, named)
                else:
                    self._leave_out(entry.text)
        except OSError as error:
            raise FeedError(str(error)) from error

    def _leave_out(self, text: str) -> None:
        self.left_out += 1
        self.example = self.example or clean(text, _EXAMPLE)

    def why_nothing(self) -> str:
        """What to say of a feed in which there is nothing, though it is not empty."""
        if self.broken:
            return f"{len(self.broken)} events could not be read: {self.broken[0]}"
        return f"{self.source.path.name}: no indicator in {self.left_out} entries: {self.example!r}"

    def warning(self) -> str:
        """What to say of a feed that could be read in part."""
        return self.why_nothing() if self.broken else ""
