"""Writes the sample's feeds and address databases anew: `python -m app.sample.enrichment`.

They are made from enrichment.yaml, the same at every run. The databases are in MaxMind's format
(MaxMind DB File Format Specification 2.0: a binary tree over the bits of an address, the data,
and a map of metadata).
"""

import ipaddress
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
FEEDS = HERE / "feeds"
GEO = HERE / "geo"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_MARKER = b"\xab\xcd\xefMaxMind.com"
_BUILT = 1_767_225_600  # 2026-01-01: not the time of the run, so that every run gives the same
_SEPARATOR = 16  # bytes between the tree and the data
_TYPES = {"text": 2, "double": 3, "bytes": 4, "uint16": 5, "uint32": 6, "map": 7, "int32": 8,
          "uint64": 9, "uint128": 10, "array": 11, "boolean": 14}  # fmt: skip
_POINTER = 1
# (number, bytes behind the control byte, what is added to their value, end of the range)
_POINTERS = ((0, 1, 0, 2_048), (1, 2, 2_048, 526_336), (2, 3, 526_336, 2**27 + 526_336),
             (3, 4, 0, 2**32))  # fmt: skip
_FIRST_EXTENDED = 8


class _Uint16(int):
    """A number of which readers expect this type."""


class _Uint64(int):
    """A number of which readers expect this type."""


class _Data:
    """The data section. A text or map that comes again is pointed to."""

    def __init__(self) -> None:
        self.content = bytearray()
        self._places: dict[str, int] = {}

    def place_of(self, value: Any) -> int:
        """Where a value stands, written if it is new."""
        name = repr(value)
        if name not in self._places:
            place = len(self.content)
            self._write(value)
            self._places[name] = place
        return self._places[name]

    def _put(self, value: Any) -> None:
        """Write a value, or a pointer to the same one before it."""
        place = self._places.get(repr(value)) if isinstance(value, str | dict) else None
        if place is not None:
            self.content += _pointer(place)
            return
        place = len(self.content)
        self._write(value)
        self._places.setdefault(repr(value), place)

    def _write(self, value: Any) -> None:
        if isinstance(value, dict):
            self.content += _control("map", len(value))
            for key, item in value.items():
                self._put(str(key))
                self._put(item)
        elif isinstance(value, list):
            self.content += _control("array", len(value))
            for item in value:
                self._put(item)
        else:
            self.content += _scalar(value)


def _scalar(value: Any) -> bytes:
    if isinstance(value, bool):
        return _control("boolean", value)
    if isinstance(value, str | bytes):
        raw = value.encode() if isinstance(value, str) else value
        return _control("text" if isinstance(value, str) else "bytes", len(raw)) + raw
    if isinstance(value, float):
        return _control("double", 8) + struct.pack(">d", value)
    if isinstance(value, int) and -(2**31) <= value < 2**128:
        return _integer(value)
    raise ValueError(f"{value!r} cannot be kept in a database: use a text, number, list or map")


def _integer(value: int) -> bytes:
    if value < 0:
        return _control("int32", 4) + struct.pack(">i", value)
    if isinstance(value, _Uint16):
        kind = "uint16"
    elif value < 2**32 and not isinstance(value, _Uint64):
        kind = "uint32"
    else:
        kind = "uint64" if value < 2**64 else "uint128"
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return _control(kind, len(raw)) + raw


def _control(kind: str, size: int) -> bytes:
    """The control byte of a value, with an extended type and a long size behind it."""
    number = _TYPES[kind]
    if size < 29:
        first, rest = size, b""
    elif size < 285:
        first, rest = 29, (size - 29).to_bytes(1, "big")
    elif size < 65_821:
        first, rest = 30, (size - 285).to_bytes(2, "big")
    else:
        first, rest = 31, (size - 65_821).to_bytes(3, "big")
    if number < _FIRST_EXTENDED:
        return bytes([number << 5 | first]) + rest
    return bytes([first, number - 7]) + rest


def _pointer(place: int) -> bytes:
    sort, size, base = next(one for *one, end in _POINTERS if place < end)
    value = (place - base).to_bytes(size + 1, "big")
    return bytes([_POINTER << 5 | sort << 3 | value[0]]) + value[1:]


class _Tree:
    """Nodes of two branches each: None, the number of a node, or (place of the data,)."""

    def __init__(self) -> None:
        self.nodes: list[list[int | tuple[int] | None]] = [[None, None]]

    def add(self, network: Network, place: int) -> None:
        """Put a network in. Wider ones must be added before those that lie in them."""
        bits, length = _bits(network)
        node = 0
        for depth in range(length - 1):
            node = self._below(node, bits >> 127 - depth & 1)
        self.nodes[node][bits >> 128 - length & 1] = (place,)

    def _below(self, node: int, branch: int) -> int:
        """The node below; what a wider network has put there holds for both its branches."""
        child = self.nodes[node][branch]
        if isinstance(child, int):
            return child
        self.nodes.append([child, child])
        self.nodes[node][branch] = len(self.nodes) - 1
        return len(self.nodes) - 1

    def records(self) -> Iterator[tuple[int, int]]:
        """The two numbers of every node."""
        for left, right in self.nodes:
            yield self._record(left), self._record(right)

    def _record(self, child: int | tuple[int] | None) -> int:
        if isinstance(child, tuple):
            return len(self.nodes) + _SEPARATOR + child[0]
        return len(self.nodes) if child is None else child


def _bits(network: Network) -> tuple[int, int]:
    """The address and the length of a network in the tree, where IPv4 is ::/96."""
    if network.version == 4:
        return int(network.network_address), network.prefixlen + 96
    return int(network.network_address), network.prefixlen


def mmdb(networks: Mapping[str, Any], kind: str, description: str) -> bytes:
    """A database of networks (CIDR) and what it says about them: text, numbers, lists, maps.

    Of networks that lie in each other the narrowest counts. Raises ValueError for what is no
    network, the network of all addresses, and data of other types.
    """
    data, tree = _Data(), _Tree()
    parsed = {ipaddress.ip_network(text): value for text, value in networks.items()}
    for network in sorted(parsed, key=lambda network: _bits(network)[1]):
        if not _bits(network)[1]:
            raise ValueError(f"{network} is everything: a database needs narrower networks")
        tree.add(network, data.place_of(parsed[network]))
    size = 3 if len(tree.nodes) + _SEPARATOR + len(data.content) < 2**24 else 4
    nodes = b"".join(number.to_bytes(size, "big") for pair in tree.records() for number in pair)
    about = {
        "binary_format_major_version": _Uint16(2),
        "binary_format_minor_version": _Uint16(0),
        "build_epoch": _Uint64(_BUILT),
        "database_type": kind,
        "description": {"en": description},
        "ip_version": _Uint16(6),
        "languages": ["en"],
        "node_count": len(tree.nodes),
        "record_size": _Uint16(size * 8),
    }
    metadata = _Data()
    metadata.place_of(about)
    return nodes + bytes(_SEPARATOR) + bytes(data.content) + _MARKER + bytes(metadata.content)


def files() -> dict[Path, bytes]:
    """All files of the sample's enrichment, and their content."""
    content = yaml.safe_load((HERE / "enrichment.yaml").read_text("utf-8"))
    made = {}
    for name, feed in content["feeds"].items():
        made[FEEDS / name] = "".join(f"{line}\n" for line in feed["lines"]).encode()
        settings = yaml.safe_dump(feed["settings"], sort_keys=False, allow_unicode=True)
        made[FEEDS / f"{name}.yaml"] = settings.encode()
    networks = content["networks"]
    asn = {network: _asn(*fields) for network, fields in networks.items()}
    city = {network: _city(*fields) for network, fields in networks.items()}
    about = "Made-up data about addresses for documentation"
    made[GEO / "example-asn.mmdb"] = mmdb(asn, "Example-ASN", about)
    made[GEO / "example-city.mmdb"] = mmdb(city, "Example-City", about)
    return made


def _asn(number: int, name: str, *_: object) -> dict[str, Any]:
    return {"autonomous_system_number": number, "autonomous_system_organization": name}


def _city(
    _number: int, _name: str, city: str, country: str, code: str, latitude: float, longitude: float
) -> dict[str, Any]:
    registered = {"iso_code": code, "names": {"en": country}}
    return {
        "city": {"names": {"en": city}},
        "country": registered,
        "registered_country": registered,
        "location": {"latitude": latitude, "longitude": longitude},
    }


def main() -> None:
    """Write all files."""
    for path, content in files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
