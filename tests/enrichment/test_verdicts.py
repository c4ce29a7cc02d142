import pytest

from app.enrichment.verdicts import Verdict, unknown, worst


def test_worst_is_the_gravest_then_the_highest_then_the_first() -> None:
    unsure = Verdict("a", "unknown", 90)
    benign = Verdict("b", "benign", 0)
    low, high, also_high = (
        Verdict(name, "malicious", score) for name, score in (("c", 60), ("d", 80), ("e", 80))
    )
    assert worst([unsure, benign]) == benign
    assert worst([low, unsure, high, also_high, benign]) is high
    assert worst([]) is None


def test_unknown_is_the_verdict_of_a_source_that_does_not_know() -> None:
    assert unknown("feed") == Verdict("feed", "unknown", 0, (), "", "")


@pytest.mark.parametrize(("verdict", "score"), [("bad", 1), ("benign", -1), ("benign", 101)])
def test_verdict_refuses_other_values(verdict: str, score: int) -> None:
    with pytest.raises(ValueError, match=r"bad|-1|101"):
        Verdict("a", verdict, score)
