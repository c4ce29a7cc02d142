"""The isolation forest: beside scikit-learn's own, its parts, odd input, its saved state."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import IsolationForest

from app.hunting import outliers
from app.hunting.outliers import encoding, forest

SETTINGS = outliers.Settings(n_estimators=50)


@pytest.fixture(scope="module")
def sessions() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "bytes": rng.lognormal(8, 0.5, 1000),
            "duration": rng.exponential(3, 1000),
            "app": rng.choice(["http", "dns", "smtp"], 1000, p=[0.7, 0.2, 0.1]),
            "user": rng.choice([f"user{n}" for n in range(20)], 1000),
        }
    )


@pytest.fixture(scope="module")
def model(sessions: pd.DataFrame) -> outliers.Outliers:
    return outliers.learn(sessions, list(sessions), SETTINGS)


def test_paths_are_those_of_scikit_learn() -> None:
    rows = np.random.default_rng(1).normal(size=(2000, 5)).astype(np.float32)
    theirs = IsolationForest(n_estimators=100, max_samples=256, random_state=5).fit(rows)
    lengths, _, _ = forest.paths(theirs, rows, range(5))
    scores = 2 ** -(lengths / forest.average_path(256))
    np.testing.assert_allclose(scores, -theirs.score_samples(rows), rtol=1e-6)


def test_parts_of_a_path_add_up_to_its_length() -> None:
    rows = np.random.default_rng(1).normal(size=(500, 4)).astype(np.float32)
    grown = forest.grow(rows, trees=20, samples=128, seed=1)
    lengths, parts, expected = forest.paths(grown, rows, [0, 0, 1, 2])
    assert parts.shape == (500, 3)
    np.testing.assert_allclose(parts.sum(axis=1), lengths - expected)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"bytes": 1e9}, "bytes"),
        ({"bytes": -50_000.0}, "bytes"),
        ({"duration": 500.0}, "duration"),
        ({"app": "rdp"}, "app"),
        ({"app": "rdp", "bytes": 1e9}, "app|bytes"),
    ],
)
def test_odd_value_is_an_outlier_and_named(
    model: outliers.Outliers, change: dict[str, object], fields: str
) -> None:
    usual = {"bytes": 3000.0, "duration": 2.0, "app": "http", "user": "user1"}
    row = pd.DataFrame([usual | change])
    answer = outliers.annotate(model, row).iloc[0]
    assert answer["outlier"] == 1
    assert "|".join(sorted(answer["outlier_fields"].split("|"))) == fields
    assert answer["outlier_new"] == ("app" if "app" in change else "")


def test_rare_value_among_many_rows_is_found() -> None:
    rng = np.random.default_rng(9)
    frame = pd.DataFrame({"a": rng.normal(size=20_000), "b": rng.normal(size=20_000)})
    frame["c"] = rng.choice(["x", "y"], 20_000)
    frame.loc[77, "a"] = 1e6
    frame.loc[99, "c"] = "z"
    result = outliers.annotate(outliers.learn(frame, ["a", "b", "c"], SETTINGS), frame)
    assert result.loc[[77, 99], "outlier"].tolist() == [1, 1]
    assert result.loc[77, "outlier_fields"] == "a"
    assert result["outlier"].sum() == 200


def test_unusual_combination_of_usual_values_ranks_high() -> None:
    rng = np.random.default_rng(2)
    dns = rng.random(2000) < 0.5
    frame = pd.DataFrame(
        {"app": np.where(dns, "dns", "web"), "port": np.where(dns, 53, 443), "n": rng.random(2000)}
    )
    frame.loc[5, "port"] = 443 if frame.loc[5, "app"] == "dns" else 53
    settings = outliers.Settings(categorical=("port",))
    scores = outliers.annotate(outliers.learn(frame, ["app", "port"], settings), frame)["score"]
    assert scores.idxmax() == 5


def test_new_values_of_a_field_that_is_always_new_say_nothing(sessions: pd.DataFrame) -> None:
    frame = sessions.assign(id=[f"id{n}" for n in range(len(sessions))])
    model = outliers.learn(frame, ["bytes", "id"], SETTINGS)
    same = outliers.annotate(model, frame.head(5))
    other = outliers.annotate(model, frame.head(5).assign(id="never"))
    assert other["score"].tolist() == same["score"].tolist()
    assert other["outlier_new"].tolist() == [""] * 5


def test_missing_values_have_an_answer(model: outliers.Outliers, sessions: pd.DataFrame) -> None:
    frame = sessions.head(3).copy()
    frame["bytes"] = [np.nan, np.inf, -np.inf]
    frame["app"] = [np.nan, "http", None]
    result = outliers.annotate(model, frame)
    assert result["score"].between(0, 1).all()
    assert result["outlier_new"].tolist() == ["app", "", "app"]


def test_rows_keep_their_index_and_order(model: outliers.Outliers, sessions: pd.DataFrame) -> None:
    whole = outliers.annotate(model, sessions)
    shuffled = sessions.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(outliers.annotate(model, shuffled), whole.loc[shuffled.index])
    pd.testing.assert_index_equal(
        outliers.annotate(model, sessions.head(0)).index, sessions.head(0).index
    )


def test_contributions_explain_the_row(model: outliers.Outliers, sessions: pd.DataFrame) -> None:
    row = sessions.iloc[[0]].assign(app="rdp")
    parts = outliers.contributions(model, row)
    assert list(parts) == list(sessions)
    assert parts.iloc[0].idxmax() == "app"


def test_saved_model_answers_the_same(
    tmp_path: Path, model: outliers.Outliers, sessions: pd.DataFrame
) -> None:
    outliers.save(model, tmp_path / "outliers_m")
    loaded = outliers.load(tmp_path / "outliers_m")
    pd.testing.assert_frame_equal(
        outliers.annotate(loaded, sessions), outliers.annotate(model, sessions)
    )
    assert loaded.settings == model.settings


def test_numbers_read_the_same_whatever_their_type() -> None:
    assert encoding.as_text(pd.Series([443, 80])).tolist() == ["443", "80"]
    assert encoding.as_text(pd.Series([443, np.nan])).tolist() == ["443", ""]


@pytest.mark.parametrize("rows", [0, 1])
def test_too_few_rows_are_refused(sessions: pd.DataFrame, rows: int) -> None:
    with pytest.raises(ValueError, match=f"the search has {rows} rows"):
        outliers.learn(sessions.head(rows), ["bytes"], SETTINGS)


def test_constant_fields_make_no_outliers() -> None:
    frame = pd.DataFrame({"a": [1] * 30, "b": ["x"] * 30, "c": [np.nan] * 30})
    result = outliers.annotate(outliers.learn(frame, list("abc"), SETTINGS), frame)
    assert result["outlier"].tolist() == [0] * 30
    assert result["outlier_fields"].tolist() == [""] * 30


def test_missing_field_is_named(model: outliers.Outliers, sessions: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="the search has no 'app'"):
        outliers.annotate(model, sessions.drop(columns="app"))
