from pathlib import Path

from app.enrichment.cache import Cache, Lifetimes
from app.enrichment.observables import Observable
from app.enrichment.sqlite_store import SqliteStore
from app.enrichment.verdicts import Answer, Failed, Verdict
from tests.enrichment.test_store import Clock

C2 = Observable("domain", "c2.example.net")
URL = Observable("url", "https://c2.example.net/ü?a=b")
FILE = Observable("md5", "0123456789abcdef0123456789abcdef")
ANSWERS: dict[Observable, Answer] = {
    C2: Verdict("ti", "malicious", 90, ("a", "b ü"), "https://ti.example.org/", "2025-01-31"),
    URL: None,
    FILE: Failed("HTTP 500"),
}


def cache(folder: Path, clock: Clock) -> Cache:
    return Cache(SqliteStore(folder / "s", clock), Lifetimes(hits=100, misses=50, errors=10))


def test_cache_gives_back_what_it_was_given(tmp_path: Path) -> None:
    kept = cache(tmp_path, Clock())
    kept.put_many("ti", ANSWERS)
    assert kept.get_many("ti", [*ANSWERS, Observable("md5", "0" * 32)]) == ANSWERS
    assert kept.get_many("another", ANSWERS) == {}
    assert kept.get_many("ti", [Observable("url", C2.value)]) == {}


def test_cache_keeps_hits_misses_and_failures_for_times_of_their_own(tmp_path: Path) -> None:
    clock = Clock()
    kept = cache(tmp_path, clock)
    kept.put_many("ti", ANSWERS)
    left = []
    for seconds in (9, 40, 50, 2):
        clock.now += seconds
        left.append(set(kept.get_many("ti", ANSWERS)))
    assert left == [{C2, URL, FILE}, {C2, URL}, {C2}, set()]


def test_cache_keeps_answers_for_a_given_time(tmp_path: Path) -> None:
    clock = Clock()
    kept = cache(tmp_path, clock)
    kept.put_many("ti", ANSWERS, 1000)
    clock.now += 999
    assert kept.get_many("ti", ANSWERS) == ANSWERS


def test_cache_does_not_know_what_another_version_has_written(tmp_path: Path) -> None:
    kept = cache(tmp_path, Clock())
    for text in ("", "[]", "5", "{}", '{"tags": []}', '{"tags": [], "verdict": "worse"}'):
        kept.store.put_many("answer:ti", {"domain:c2.example.net": text}, 60)
        assert kept.get_many("ti", [C2]) == {}
