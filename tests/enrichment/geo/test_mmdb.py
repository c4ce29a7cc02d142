"""The sample's writer of databases, checked by MaxMind's reader."""

import io
import ipaddress
from typing import Any

import maxminddb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.sample import enrichment
from app.sample.enrichment import mmdb

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NUMBERS = st.one_of(
    st.integers(-(2**31), 2**128 - 1), st.booleans(), st.floats(allow_nan=False), st.binary(max_size=40)
)  # fmt: skip
VALUES: st.SearchStrategy[Any] = st.recursive(
    NUMBERS | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=10,
)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """IPv4 and IPv6 networks, many of which lie in each other."""
    if draw(st.booleans()):
        base = draw(st.sampled_from(["192.0.2.0", "192.0.2.128", "198.51.100.77"]))
        length = draw(st.integers(1, 32))
    else:
        base = draw(st.sampled_from(["2001:db8::", "2001:db8:1::1"]))
        length = draw(st.integers(3, 128))  # wider ones hold ::/96, where IPv4 is
    return ipaddress.ip_network(f"{base}/{length}", strict=False)


def opened(content: bytes) -> maxminddb.Reader:
    return maxminddb.open_database(io.BytesIO(content), maxminddb.MODE_FD)


def expected(made: dict[Network, Any], address: str) -> Any:
    """The value of the narrowest network around an address."""
    parsed = ipaddress.ip_address(address)
    around = [
        network for network in made if network.version == parsed.version and parsed in network
    ]
    return made[max(around, key=lambda network: network.prefixlen)] if around else None


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(networks(), VALUES, max_size=8))
def test_reader_gives_what_was_written(made: dict[Network, Any]) -> None:
    reader = opened(mmdb({str(network): value for network, value in made.items()}, "Test", "test"))
    edges = {str(address) for network in made for address in (network[0], network[-1])}
    for address in {*edges, "192.0.2.1", "203.0.113.1", "2001:db8::1", "2001:db9::"}:
        assert reader.get(address) == expected(made, address)


@pytest.mark.parametrize("size", [28, 29, 284, 285, 65_820, 65_821, 100_000])
def test_reader_gives_texts_of_every_length(size: int) -> None:
    text = "x" * size
    assert opened(mmdb({"192.0.2.0/24": {"text": text}}, "Test", "test")).get("192.0.2.1") == {
        "text": text
    }


@pytest.mark.parametrize("gap", [0, 2_048, 600_000])
def test_reader_follows_pointers_of_every_size(gap: int) -> None:
    made = {
        "192.0.2.0/25": {"gap": "x" * gap},
        "192.0.2.128/25": {"first": "told twice"},
        "198.51.100.0/24": {"second": "told twice", "first": "other"},
    }
    reader = opened(mmdb(made, "Test", "test"))
    assert [reader.get(network.partition("/")[0]) for network in made] == list(made.values())


def test_metadata() -> None:
    metadata = opened(mmdb({"192.0.2.0/24": 1}, "Some-Type", "about it")).metadata()
    assert (metadata.database_type, metadata.description, metadata.ip_version) == (
        "Some-Type",
        {"en": "about it"},
        6,
    )


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ({"::/0": 1}, "everything"),
        ({"192.0.2.1/24": 1}, "has host bits set"),
        ({"192.0.2.0/24": None}, "None cannot be kept"),
        ({"192.0.2.0/24": {"a": 2**128}}, "cannot be kept"),
    ],
)
def test_mmdb_refuses_what_a_database_cannot_hold(made: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mmdb(made, "Test", "test")


def test_bundled_files_are_in_sync_with_their_source() -> None:
    stale = [
        path.name for path, content in enrichment.files().items() if path.read_bytes() != content
    ]
    assert stale == [], "run python -m app.sample.enrichment"
