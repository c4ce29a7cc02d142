"""ASN and place of addresses from databases in MaxMind's format (.mmdb) in a folder.

All databases of the folder are asked: the ASN comes from the first (by name) that knows it, the
place from the one that knows most about it. Databases are mapped, not loaded, and opened again
when they change. Replace one by renaming a new file over it, as geoipupdate does: a mapped file
that is cut short while it is read ends the process that reads it.
"""

import ipaddress
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import maxminddb
import yaml

from app.enrichment.network import Network, clean

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address is said to be. Empty where it is not known."""

    city: str = ""
    country: str = ""  # its English name
    country_code: str = ""  # ISO 3166
    latitude: float | None = None
    longitude: float | None = None
    registered: str = ""  # ISO 3166: the country in which its network is registered

    def known(self) -> int:
        """How many of the fields are known."""
        values = (getattr(self, field.name) for field in fields(self))
        return sum(value not in ("", None) for value in values)


@dataclass(frozen=True, slots=True)
class Located:
    """What the databases know of an address."""

    network: Network | None = None
    place: Place = Place()


class Geo:
    """The databases of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamps: dict[Path, tuple[int, int, int]] = {}
        self._readers: dict[Path, maxminddb.Reader] = {}
        self._errors: dict[str, str] = {}

    def lookup_many(self, addresses: Sequence[Address]) -> dict[Address, Located]:
        """What the databases know of each address; left out are those that none knows."""
        self._open_changed()
        found = ((address, self._lookup(address)) for address in dict.fromkeys(addresses))
        return {address: located for address, located in found if located != Located()}

    def prepare(self) -> None:
        """Open the databases that are new or changed."""
        self._open_changed()

    def databases(self) -> dict[str, tuple[str, int]]:
        """File -> the type that the database says it has, and when it was built (Unix time)."""
        self._open_changed()
        about = {path.name: reader.metadata() for path, reader in self._all()}
        return {name: (each.database_type, each.build_epoch) for name, each in about.items()}

    def errors(self) -> dict[str, str]:
        """File -> why it is not used."""
        self._open_changed()
        return dict(self._errors)

    def _all(self) -> list[tuple[Path, maxminddb.Reader]]:
        return sorted(self._readers.items())

    def _open_changed(self) -> None:
        stamps = {path: _stamp(path) for path in self._folder.glob("*.mmdb")}
        for path in self._stamps.keys() - stamps.keys():
            self._forget(path)
        for path, stamp in stamps.items():
            if stamp != self._stamps.get(path):
                self._forget(path)
                self._open(path)
        self._stamps = stamps

    def _forget(self, path: Path) -> None:
        self._readers.pop(path, None)
        self._errors.pop(path.name, None)

    def _open(self, path: Path) -> None:
        try:
            self._readers[path] = maxminddb.open_database(path)
        except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
            self._fail(path, error)

    def _fail(self, path: Path, error: Exception) -> None:
        self._readers.pop(path, None)
        self._errors[path.name] = f"{path.name}: {error}"
        _log.warning("geo: %s", self._errors[path.name])

    def _lookup(self, address: Address) -> Located:
        network: Network | None = None
        place = Place()
        for path, reader in self._all():
            record = self._record(path, reader, address)
            network = network or _network(record)
            place = max(place, _place(record), key=Place.known)
        return Located(network, place)

    def _record(self, path: Path, reader: maxminddb.Reader, address: Address) -> Mapping[str, Any]:
        if address.version == 6 and reader.metadata().ip_version == 4:
            return {}
        try:
            record = reader.get(address)
        except (ValueError, maxminddb.InvalidDatabaseError) as error:
            self._fail(path, error)
            return {}
        return record if isinstance(record, dict) else {}


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0, 0)
    return status.st_ino, status.st_size, status.st_mtime_ns


@cache
def _paths() -> dict[str, list[list[str]]]:
    content: dict[str, list[list[str]]] = yaml.safe_load(
        Path(__file__).with_name("mmdb_fields.yaml").read_text("utf-8")
    )
    return content


def _first(record: Mapping[str, Any], name: str) -> str | int | float | None:
    """The value of the first path of `name` that leads to a text or number."""
    for path in _paths()[name]:
        value: Any = record
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str | int | float) and value != "":
            return value
    return None


def _network(record: Mapping[str, Any]) -> Network | None:
    number = str(_first(record, "asn") or "").upper().removeprefix("AS")
    if not (number.isascii() and number.isdigit()):
        return None
    return Network(number, _registered(record), clean(_first(record, "description") or ""), "mmdb")


def _place(record: Mapping[str, Any]) -> Place:
    code = _code(record)
    country = clean(_first(record, "country") or "")
    return Place(
        city=clean(_first(record, "city") or ""),
        country="" if country == code else country,
        country_code=code,
        latitude=_degrees(_first(record, "latitude"), 90),
        longitude=_degrees(_first(record, "longitude"), 180),
        registered=_registered(record),
    )


def _registered(record: Mapping[str, Any]) -> str:
    return clean(_first(record, "registered_country_code") or "") or _code(record)


def _code(record: Mapping[str, Any]) -> str:
    code = clean(_first(record, "country_code") or "")
    return code if len(code) == 2 and code.isupper() else ""


def _degrees(value: str | int | float | None, most: int) -> float | None:
    """A latitude or longitude, which IPinfo writes as text."""
    try:
        degrees = float(value) if value is not None else most + 1
    except ValueError:
        return None
    return degrees if -most <= degrees <= most else None
