from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.enrichment import reading
from app.enrichment.observables import Observable
from app.enrichment.reading import Reading
from app.enrichment.verdicts import Answer, Failed, Verdict
from tests.enrichment.test_expressions import JSON

C2 = Observable("domain", "c2.example.net")


def answer(data: Any, **expressions: Any) -> Answer:
    how = {"hit": "answer.score", "verdict": {}, **expressions}
    return Reading.model_validate(how).answer(
        "ti", reading.document(C2, data, "https://own.example")
    )


def test_reading_gives_a_whole_verdict() -> None:
    data = {"score": 61.5, "tags": ["a", ["b", "a"]], "at": "2025", "id": 7}
    assert answer(
        data,
        verdict={"malicious": "answer.score > `90`", "suspicious": "answer.score > `50`"},
        score="answer.score",
        tags="answer.tags",
        link="join('/', [server, kind, value, to_string(answer.id)])",
        seen="answer.at",
    ) == Verdict(
        "ti", "suspicious", 62, ("a", "b"), "https://own.example/domain/c2.example.net/7", "2025"
    )


@pytest.mark.parametrize(
    ("words", "verdict", "score"),
    [
        (["malicious", "suspicious", "benign"], "malicious", 90),
        (["suspicious", "benign"], "suspicious", 50),
        (["benign"], "benign", 0),
        ([], "unknown", 0),
    ],
)
def test_reading_takes_the_gravest_verdict_and_a_default_score(
    words: list[str], verdict: str, score: int
) -> None:
    given = dict.fromkeys(("malicious", "suspicious", "benign"), "answer.none")
    given |= dict.fromkeys(words, "answer.score")
    assert answer({"score": 1}, verdict=given) == Verdict("ti", verdict, score)


@pytest.mark.parametrize(
    ("value", "score"), [(-5, 0), (250, 100), (1e308, 100), (49.5, 50), (True, 0), ("9", 0)]
)
def test_reading_keeps_scores_within_bounds(value: Any, score: int) -> None:
    assert answer({"score": value}, score="answer.score") == Verdict("ti", "unknown", score)


def test_reading_tells_misses_and_failures_from_malformed_answers() -> None:
    how = {"miss": "answer.none", "failed": "answer.error", "hit": "answer.score"}
    assert answer({"none": True}, **how) is None
    assert answer({"error": "no\n such\x1b[31m host", "score": 1}, **how) == Failed(
        "no such [31m host"
    )
    assert answer({"else": 1}, **how) == Failed("the answer has an unexpected shape")
    assert answer({"score": 1}, **how, tags="keys(answer.score)") == Failed(
        "the answer has an unexpected shape: 'keys(answer.score)' does not fit it"
    )


def test_reading_cleans_what_comes_from_outside() -> None:
    tags = ["a|b", " c\t\nd ", "\u202eevil", "", None, False, "x" * 500, *map(str, range(50))]
    found = answer(
        {"score": 1, "tags": tags, "link": "javascript:alert(1)", "seen": "y" * 500},
        tags="answer.tags", link="answer.link", seen="answer.seen",
    )  # fmt: skip
    numbers = tuple(map(str, range(16)))
    assert found == Verdict(
        "ti", "unknown", 0, ("a/b", "c d", "evil", "x" * 80, *numbers), "", "y" * 40
    )


def test_reading_finds_a_part_for_the_other_expressions() -> None:
    rows = {"score": 1, "rows": [{"ioc": "c2.example.net:1", "n": 3}, {"ioc": "x", "n": 9}]}
    find = "starting(answer.rows, 'ioc', join('', [value, ':']))"
    assert answer(rows, find=find, score="max(found[].n)") == Verdict("ti", "unknown", 3)


@given(JSON)
def test_reading_answers_whatever_comes(data: Any) -> None:
    found = answer(
        data,
        hit="answer.a || answer.b", miss="answer.n", failed="answer.a[0]", score="sum(answer.a)",
        tags="answer.[a, b]", link="answer.a", seen="answer.b", verdict={"malicious": "max(answer.a) > `1`"},
    )  # fmt: skip
    assert found is None or isinstance(found, Verdict | Failed)


@given(st.lists(st.text()))
def test_reading_gives_tags_that_fit_into_one_field(tags: list[str]) -> None:
    found = answer({"score": 1, "tags": tags}, tags="answer.tags")
    assert isinstance(found, Verdict)
    assert all(tag and "|" not in tag and tag == tag.strip() for tag in found.tags)
