"""One entry of a feed, as its file states it."""

import re
from functools import lru_cache
from typing import NamedTuple

MAX_TAGS = 16
_MAX_TAG = 80
# What could break a table apart, or show something else than it is.
_INVISIBLE = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


class FeedError(ValueError):
    """A feed or its description cannot be read."""


class Entry(NamedTuple):
    """An indicator as it is written, and what the feed says about it."""

    text: str
    tags: tuple[str, ...] = ()
    link: str = ""  # to the publisher's page about this entry
    id: str = ""  # what {id} in the feed's link template stands for
    seen: str = ""  # when it was last seen, else first seen: date or time as published
    until: str = ""  # ISO 8601, UTC: not valid from then on
    score: int | None = None  # 0 to 100
    verdict: str = ""  # where it differs from the feed's
    port: str = ""


def clean(text: str, longest: int) -> str:
    """One line without invisible characters."""
    return _INVISIBLE.sub(" ", text).strip()[:longest]


@lru_cache(maxsize=16_384)
def tags(*texts: str) -> tuple[str, ...]:
    """Tags from the texts of several fields, each a list with commas; empty ones are left out.

    Results join values by `|`, so no tag has one.
    """
    parts = (clean(part, _MAX_TAG).replace("|", "/") for text in texts for part in text.split(","))
    return tuple(dict.fromkeys(part for part in parts if part and part != "None"))[:MAX_TAGS]
