"""Who announces an address to the internet."""

import re
from dataclasses import dataclass, field

_COUNTRY_AT_END = re.compile(r", ([A-Z]{2})\Z")
_MAX_TEXT = 200
_INVISIBLE = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


@dataclass(frozen=True, slots=True)
class Network:
    """The autonomous system of an address: its number (several, with a blank between, where
    several announce the same prefix), its country of registration, its name; and who says so.
    """

    asn: str
    country_code: str = ""
    description: str = ""
    source: str = ""


@dataclass
class Answers:
    """What a source said: networks, None for addresses that it knows nobody announces; addresses
    that are in neither were not answered, and `error` says why.
    """

    found: dict[str, Network | None] = field(default_factory=dict)
    error: str = ""


def clean(text: object) -> str:
    """A name from outside as one line that joins with others by `|`."""
    return _INVISIBLE.sub(" ", str(text)).strip().replace("|", "/")[:_MAX_TEXT]


def split_country(name: str) -> tuple[str, str]:
    """`AS-CHOOPA, US` as Team Cymru writes it -> name, country code ('' if it has none)."""
    match = _COUNTRY_AT_END.search(name)
    return (name[: match.start()], match.group(1)) if match else (name, "")
