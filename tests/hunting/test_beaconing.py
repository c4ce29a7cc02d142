"""Rhythms whose answer is known, pairs, odd input, and published beacons where they are at hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.hunting import beaconing
from app.hunting.beaconing import rhythm

NETWORK = Path(__file__).parents[3] / "shared" / "data" / "network_events.csv.gz"


def _fixed(rng: np.random.Generator) -> np.ndarray:
    return np.arange(60) * 60.0


def _gaussian(rng: np.random.Generator) -> np.ndarray:
    return np.cumsum(rng.normal(60, 3, 60))


def _cobalt_strike(rng: np.random.Generator) -> np.ndarray:
    """Sleep 60, jitter 20: each wait is 20 % shorter at most."""
    return np.cumsum(60 * rng.uniform(0.8, 1, 80))


def _missing(rng: np.random.Generator) -> np.ndarray:
    return np.sort(_gaussian(rng)[rng.random(60) > 0.2])


def _with_others(rng: np.random.Generator) -> np.ndarray:
    return np.sort(np.concatenate([np.arange(100) * 60.0, rng.uniform(0, 6000, 50)]))


def _twice_each(rng: np.random.Generator) -> np.ndarray:
    return np.sort(np.concatenate([_fixed(rng), _fixed(rng) + 0.2]))


def _agents(rng: np.random.Generator, count: int, jitter: float) -> np.ndarray:
    """Several agents with the same sleep, each from a moment of its own on."""
    waits = 60 * rng.uniform(1 - jitter, 1 + jitter, (count, 50))
    return np.sort((rng.uniform(0, 60, (count, 1)) + np.cumsum(waits, axis=1)).ravel())


def _two_agents(rng: np.random.Generator) -> np.ndarray:
    return _agents(rng, 2, 0.05)


def _three_agents(rng: np.random.Generator) -> np.ndarray:
    return _agents(rng, 3, 0.1)


def _agents_one_after_the_other(rng: np.random.Generator) -> np.ndarray:
    return np.sort(
        np.concatenate([900 * n + _agents(rng, 1, 0.02)[: 50 - 15 * n] for n in range(3)])
    )


def _agents_that_sleep_differently(rng: np.random.Generator) -> np.ndarray:
    slow = np.cumsum(rng.uniform(97, 98, 124))
    return np.sort(np.concatenate([slow, np.cumsum(rng.uniform(59, 61, 200)) + 11]))


def _half_jitter(rng: np.random.Generator) -> np.ndarray:
    return np.cumsum(60 * rng.uniform(0.75, 1.25, 80))


def _few_in_days(rng: np.random.Generator) -> np.ndarray:
    return np.cumsum(60 * rng.uniform(0.98, 1.02, 8))


@pytest.mark.parametrize(
    ("make", "period", "least"),
    [
        (_two_agents, 60, 0.6),
        (_three_agents, 60, 0.6),
        (_agents_one_after_the_other, 60, 0.6),
        (_agents_that_sleep_differently, 60, 0.5),
        (_half_jitter, 60, 0.45),
        (_few_in_days, 60, 0.55),
        (_fixed, 60, 0.85),
        (_gaussian, 60, 0.6),
        (_cobalt_strike, 54, 0.5),
        (_missing, 60, 0.5),
        (_with_others, 60, 0.4),
        (_twice_each, 60, 0.85),
    ],
)
def test_beacon_is_found_with_its_period(make, period: float, least: float) -> None:
    for seed in range(5):
        found = beaconing.measure(make(np.random.default_rng(seed)), least_period=1)
        assert found.period == pytest.approx(period, rel=0.05)
        assert found.score > least


def test_traffic_at_random_times_scores_low() -> None:
    rng = np.random.default_rng(1)
    scores = [
        beaconing.measure(np.sort(rng.uniform(0, 3600, count)), 1).score
        for count in (10, 20, 50, 200, 1000)
        for _ in range(20)
    ]
    assert np.quantile(scores, 0.95) < 0.4


def test_jitter_is_the_spread_of_the_intervals() -> None:
    found = beaconing.measure(_cobalt_strike(np.random.default_rng(2)), 1)
    assert found.jitter == pytest.approx(100 * 0.9 * 0.2 / 0.9, abs=5)


def test_missed_check_ins_are_counted() -> None:
    moments = np.delete(np.arange(50) * 30.0, [7, 20, 21])
    found = beaconing.measure(moments, 1)
    assert (found.period, found.missed) == (30.0, 3)


@pytest.mark.parametrize(
    "moments", [[], [5.0], [1.0] * 100, list(range(5)), np.arange(0, 1, 0.001).tolist()]
)
def test_too_few_check_ins_have_no_rhythm(moments: list[float]) -> None:
    assert beaconing.measure(np.array(moments), 1) == rhythm.NONE


def test_bowley_skew_is_that_of_the_quartiles() -> None:
    assert rhythm.bowley_skew(np.array([0.0, 1, 2, 3, 4])) == 0
    assert rhythm.bowley_skew(np.array([0.0, 0, 0, 4, 8])) == 1
    assert rhythm.bowley_skew(np.array([5.0] * 5)) == 0


@pytest.fixture
def events() -> pd.DataFrame:
    agent = pd.DataFrame(
        {"_time": np.arange(20) * 60.0, "src_ip": "192.0.2.1", "dest_ip": "203.0.113.7"}
    )
    lookups = pd.DataFrame(
        {"_time": np.arange(20) * 90.0, "src_ip": "192.0.2.2", "query": "c2.example.com"}
    )
    rest = pd.DataFrame({"_time": [1.0, None, 3.0], "src_ip": ["192.0.2.3", "192.0.2.1", None]})
    rest["dest_ip"] = "203.0.113.7"
    return pd.concat([agent, lookups, rest]).sample(frac=1, random_state=1)


def test_rows_carry_the_values_of_their_pair(events: pd.DataFrame) -> None:
    result = beaconing.annotate(events, beaconing.choose(list(events)), 1)
    assert result.index.equals(events.index)
    by_pair = result.drop_duplicates().set_index("pair").sort_index()
    assert by_pair["count"].to_dict() == {
        "": 0,
        "192.0.2.1 > 203.0.113.7": 20,
        "192.0.2.2 > c2.example.com": 20,
        "192.0.2.3 > 203.0.113.7": 1,
    }
    assert by_pair["period"].dropna().to_dict() == {
        "192.0.2.1 > 203.0.113.7": 60.0,
        "192.0.2.2 > c2.example.com": 90.0,
    }
    assert by_pair["rank"].tolist() == [0, 1, 2, 3]
    queries = (events["query"] == "c2.example.com").to_numpy()
    assert set(result["period"][queries]) == {90.0}


def test_processes_are_kept_apart_where_they_are_known() -> None:
    one, two = np.arange(40) * 60.0, 17 + np.arange(40) * 37.0
    frame = pd.DataFrame({"_time": np.concatenate([one, two]), "src": "a", "dest": "b"})
    frame["process_guid"] = ["p1"] * 40 + ["p2"] * 40
    table = beaconing.table(frame, beaconing.choose(list(frame)), 1)
    assert dict(zip(table["process_guid"], table["period"], strict=True)) == {"p1": 60, "p2": 37}


def test_no_rows_have_an_answer_without_rows() -> None:
    frame = pd.DataFrame({"_time": [], "src": [], "dest": []})
    assert beaconing.annotate(frame, beaconing.choose(list(frame)), 1).empty


def test_unknown_fields_ask_for_their_names() -> None:
    with pytest.raises(ValueError, match="no field tells the dest: name it with dest="):
        beaconing.choose(["_time", "src_ip", "bytes"])
    chosen = beaconing.choose(["when", "a", "b"], ["when"], ["a"], ["b"], [])
    assert chosen == beaconing.Fields("when", ("a",), ("b",))


def test_intervals_are_counted_in_bins(events: pd.DataFrame) -> None:
    bins = beaconing.intervals(events, beaconing.choose(list(events)), bins=10)
    agent = bins[bins["pair"] == "192.0.2.1 > 203.0.113.7"]
    assert agent["count"].tolist() == [0, 0, 0, 0, 0, 19, 0, 0, 0, 0]
    assert agent[["low", "high"]].iloc[5].tolist() == [60.0, 72.0]


@pytest.mark.parametrize("seconds", [5, 3600, 86_400])
def test_any_period_is_found(seconds: int) -> None:
    waits = np.random.default_rng(3).uniform(0.95, 1.05, 14)
    found = beaconing.measure(np.cumsum(seconds * waits), 1)
    assert found.period == pytest.approx(seconds, rel=0.05)
    assert found.score > 0.6


@pytest.mark.skipif(not NETWORK.exists(), reason="../shared/data is not here")
def test_published_agents_of_one_host_come_first_without_their_processes() -> None:
    events = pd.read_csv(NETWORK).drop(columns="process_guid")
    events = events[events["dataset"] == "empire_mimikatz_extract_tickets_2019-05-18230752"]
    first = beaconing.table(events, beaconing.choose(list(events)), 1).iloc[0]
    assert (first["source"], first["destination"]) == ("172.18.39.106", "10.0.10.106")
    assert first["period"] == pytest.approx(5.17, rel=0.05)


@pytest.mark.skipif(not NETWORK.exists(), reason="../shared/data is not here")
@pytest.mark.parametrize(
    ("dataset", "guids"),
    [
        (
            "empire_mimikatz_extract_tickets_2019-05-18230752",
            {
                "03ba39f5-4cfe-5ce0-0000-00103600c001": 5.17,
                "03ba39f5-6e79-5ce0-0000-001032d21002": 5.17,
                "03ba39f5-50b2-5ce0-0000-00109995c501": 5.17,
            },
        ),
        (
            "empire_dllinjection_LoadLibrary_CreateRemoteThread_2020-07-22000048",
            {"b59756a9-b239-5f17-5307-000000000400": 5.11},
        ),
    ],
)
def test_published_beacons_come_first(dataset: str, guids: dict[str, float]) -> None:
    events = pd.read_csv(NETWORK)
    events = events[events["dataset"] == dataset]
    first = beaconing.table(events, beaconing.choose(list(events)), 1).head(len(guids))
    found = dict(zip(first["process_guid"], first["period"], strict=True))
    assert found == pytest.approx(guids, rel=0.05)
    assert first["score"].min() > 0.8
