"""The keys under which entries are stored, and those under which an observable is looked for."""

import hashlib
import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from app.enrichment.feed_formats.values import Indicator, host_of, indicator

Hashes = npt.NDArray[np.uint64]
DIGEST_BYTES = 8
_LETTERS = {"address": "a", "network": "n", "domain": "d", "url": "u", "email": "e", "hash": "h"}
_MAX_LABELS = 32  # of a name whose parents are looked for


@dataclass
class PrefixLengths:
    """The lengths of the CIDR blocks that an index holds, per IP version."""

    by_version: dict[int, set[int]] = field(default_factory=lambda: {4: set(), 6: set()})

    def add(self, network: str) -> None:
        self.by_version[6 if ":" in network else 4].add(int(network.rpartition("/")[2]))

    def update(self, other: "PrefixLengths") -> None:
        for version, lengths in other.by_version.items():
            self.by_version[version] |= lengths


def stored_key(entry: Indicator) -> bytes:
    """The one key under which an entry is stored."""
    return _key(entry.kind, entry.value)


def digest(key: bytes) -> bytes:
    """64 bits of a key, little-endian. The stored key decides; this only says where to look."""
    return hashlib.blake2b(key, digest_size=DIGEST_BYTES).digest()


def in_order(keys: Iterable[bytes]) -> tuple[list[bytes], Hashes]:
    """Keys sorted by their digests, so that an index is read in one direction; and the digests."""
    pairs = sorted((digest(key)[::-1], key) for key in keys)
    digests = np.frombuffer(b"".join(pair[0] for pair in pairs), dtype=">u8").astype("<u8")
    return [pair[1] for pair in pairs], digests


def matching_keys(value: str, prefixes: PrefixLengths) -> list[bytes]:
    """The keys of all entries that match an observable, the most specific first.

    A domain is matched by itself and its parents, an address by itself and the blocks around it,
    a URL by itself, by itself without its query, by either without a scheme, and by its host.
    """
    found = indicator(value)
    return list(_matching(found, prefixes)) if found else []


def _key(kind: str, value: str) -> bytes:
    return f"{_LETTERS[kind]}{value}".encode()


def _matching(found: Indicator, prefixes: PrefixLengths) -> Iterator[bytes]:
    if found.kind == "url":
        yield from _of_url(found.value)
        yield from matching_keys(host_of(found.value), prefixes)
    elif found.kind == "domain":
        yield from _of_domain(found.value)
    elif found.kind == "address":
        yield _key("address", found.value)
        yield from _of_blocks(found.value, prefixes)
    else:
        yield _key(found.kind, found.value)


def _of_url(url: str) -> Iterator[bytes]:
    bare = url.partition("?")[0]
    for form in dict.fromkeys((url, bare)):
        yield _key("url", form)
        yield _key("url", "//" + form.partition("//")[2])


def _of_domain(name: str) -> Iterator[bytes]:
    labels = name.split(".")[-_MAX_LABELS:]
    for start in range(len(labels) - 1):
        yield _key("domain", ".".join(labels[start:]))


def _of_blocks(address: str, prefixes: PrefixLengths) -> Iterator[bytes]:
    parsed = ipaddress.ip_address(address)
    make = type(parsed)
    number, bits = int(parsed), parsed.max_prefixlen
    for length in sorted(prefixes.by_version[parsed.version], reverse=True):
        base = make(number >> (bits - length) << (bits - length))
        yield _key("network", f"{base}/{length}")


def entry_text(key: bytes) -> str:
    """The entry of a stored key as the analyst reads it."""
    return key[1:].decode().removeprefix("//")
