import gzip
from collections.abc import Iterator

import pytest

from app.enrichment import rdap
from app.enrichment.network import Answers, Network
from app.enrichment.rdap import Rdap
from tests.enrichment.whois.server import Reply, found, registry

LOCAL = ("127.0.0.1",)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield


def test_ask_gives_what_the_registries_know() -> None:
    replies = {
        "/ip/192.0.2.1": found(name="CHOOPA|1", country="US", arin_originas0_originautnums=[20473]),
        "/ip/2001:db8::1": found(name="RIPE-NET", country="NL"),
    }
    with registry(replies) as (url, paths):
        answers = rdap.ask(["192.0.2.1", "2001:db8::1", "192.0.2.2"], Rdap(url, LOCAL), 10)
    assert answers == Answers(
        {
            "192.0.2.1": Network("20473", "US", "CHOOPA/1", "rdap"),
            "2001:db8::1": Network("", "NL", "RIPE-NET", "rdap"),
            "192.0.2.2": None,
        }
    )
    assert paths == ["/ip/192.0.2.1", "/ip/2001:db8::1", "/ip/192.0.2.2"]


def test_ask_follows_a_registry_to_another() -> None:
    replies = {
        "/ip/192.0.2.1": (302, {"Location": "/other/192.0.2.1"}, b""),
        "/other/192.0.2.1": found(name="RIPE-NET", country="NL"),
    }
    with registry(replies) as (url, _):
        answers = rdap.ask(["192.0.2.1"], Rdap(url, LOCAL), 10)
    assert answers == Answers({"192.0.2.1": Network("", "NL", "RIPE-NET", "rdap")})


def test_ask_reads_packed_answers() -> None:
    body = gzip.compress(b'{"name": "NET", "country": "NL"}')
    with registry({"/ip/192.0.2.1": (200, {"Content-Encoding": "gzip"}, body)}) as (url, _):
        answers = rdap.ask(["192.0.2.1"], Rdap(url, LOCAL), 10)
    assert answers == Answers({"192.0.2.1": Network("", "NL", "NET", "rdap")})


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ((302, {"Location": "http://elsewhere.example.org/"}, b""), "sent on to http://elsewhere.example.org"),
        ((302, {"Location": "ftp://127.0.0.1/"}, b""), "sent on to ftp://127.0.0.1"),
        ((302, {"Location": "/ip/192.0.2.1"}, b""), "sent on more than 3 times"),
        ((429, {"Retry-After": "60"}, b""), "answered with status 429"),
        ((500, {}, b""), "answered with status 500"),
        ((200, {}, b"<html>"), "unexpected character"),
        ((200, {}, b"[]"), "answered with no RDAP object"),
    ],
)  # fmt: skip
def test_ask_ends_at_the_first_failure(reply: Reply, message: str) -> None:
    with registry({"/ip/192.0.2.1": reply}) as (url, paths):
        answers = rdap.ask(["192.0.2.1", "192.0.2.2"], Rdap(url, LOCAL), 10)
    assert answers.found == {}
    assert message in answers.error
    assert "/ip/192.0.2.2" not in paths


def test_ask_ends_on_its_budget() -> None:
    with registry({}) as (url, _):
        answers = rdap.ask(["192.0.2.1"], Rdap(url, LOCAL), 0)
    assert answers == Answers({}, "no answer about 1 of 1 addresses in time")
