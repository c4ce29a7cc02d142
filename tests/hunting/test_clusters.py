"""Clusters of events: scikit-learn's own answers, bounds, rarity, and published attacks."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import DBSCAN
from sklearn.metrics import adjusted_rand_score

from app.hunting import clusters
from app.hunting.clusters import features
from app.hunting.clusters.grouping import cells, grouped

DATA = Path(__file__).parents[2] / "../shared/data/process_events.csv.gz"
LOGONS = pd.DataFrame(
    {
        "user": ["alice", "SYSTEM"] * 50 + ["mallory"],
        "logon_type": ["3", "5"] * 50 + ["9"],
        "process_name": ["C:\\a\\svc.exe", "C:\\b\\srv.exe"] * 50 + ["C:\\t\\x.exe"],
    }
)
FIELDS = list(LOGONS)


def blobs(seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Three dense groups of points, each four times, and some far away, with their groups."""
    rng = np.random.default_rng(seed)
    parts = [rng.normal(centre, 0.1, (60, 3)) for centre in (0.0, 3.0, 6.0)]
    points = np.vstack(
        [*(np.repeat(part, 4, axis=0) for part in parts), rng.uniform(20, 90, (4, 3))]
    )
    return points.astype(np.float32), np.repeat([0, 1, 2, -1], [240, 240, 240, 4])


@pytest.mark.parametrize("method", ["dbscan", "hdbscan"])
def test_groups_of_points_are_found(method: str) -> None:
    points, truth = blobs()
    found = cells(points)
    labels = grouped(found, method, 0.5, 5)[found.of_row]
    assert adjusted_rand_score(truth, labels) > 0.95
    assert set(labels[truth == -1]) == {-1}


@pytest.mark.parametrize(("distance", "least"), [(0.05, 4), (0.2, 5), (0.5, 20), (5.0, 3)])
def test_clusters_of_weighted_points_are_those_of_all_points(distance: float, least: int) -> None:
    points, _ = blobs()
    points = np.round(points / 0.01).astype(np.float32) * np.float32(0.01)
    found = cells(points)
    assert found.weights.sum() == len(points)
    expected = DBSCAN(eps=distance, min_samples=least).fit(points).labels_
    labels = grouped(found, "dbscan", distance, least)[found.of_row]
    assert adjusted_rand_score(expected, labels) == 1.0
    assert (labels == -1).tolist() == (expected == -1).tolist()


def test_many_different_points_are_put_on_a_coarser_grid() -> None:
    points = np.random.default_rng(1).uniform(0, 50, (3000, 2)).astype(np.float32)
    found = cells(points, most=500)
    assert len(found.points) <= 500
    assert found.weights.sum() == 3000
    assert np.abs(found.points[found.of_row] - points).max() <= found.step


def annotated(frame: pd.DataFrame, **given: str) -> pd.DataFrame:
    options = clusters.options(given, list(frame))
    return clusters.annotate(frame, options, clusters.learn(frame, options))


@pytest.mark.parametrize("method", ["dbscan", "hdbscan"])
def test_event_unlike_all_others_has_the_highest_score(method: str) -> None:
    result = annotated(LOGONS, method=method)
    assert result["score"].idxmax() == 100
    assert result["cluster_id"].iloc[-1] == -1
    assert result["cluster_size"].tolist() == [50] * 100 + [1]
    assert result["cluster_representative"].iloc[0] == "C:\\a\\svc.exe | alice | 3"


def test_rows_keep_their_order_and_index() -> None:
    shuffled = LOGONS.sample(frac=1, random_state=2)
    options = clusters.options({}, FIELDS)
    learned = clusters.learn(LOGONS, options)
    whole = clusters.annotate(LOGONS, options, learned)
    pd.testing.assert_frame_equal(
        clusters.annotate(shuffled, options, learned), whole.loc[shuffled.index]
    )


def test_new_event_joins_the_cluster_next_to_it_or_none() -> None:
    options = clusters.options({}, FIELDS)
    learned = clusters.learn(LOGONS, options)
    new = pd.DataFrame(
        [("bob", "3", "C:\\a\\svc.exe"), ("bob", "7", "Z:\\new.exe")], columns=FIELDS
    )
    result = clusters.annotate(new, options, learned)
    usual = clusters.annotate(LOGONS.head(1), options, learned)
    assert result["cluster_id"].tolist() == [usual["cluster_id"].iloc[0], -1]
    assert result["cluster_size"].tolist() == [50, 0]
    assert result["rarity"].iloc[1] == 1.0


def test_saved_model_answers_the_same(tmp_path: Path) -> None:
    frame = LOGONS.rename(columns={"process_name": "Image", "logon_type": "CommandLine"})
    options = clusters.options({}, list(frame))
    learned = clusters.learn(frame, options)
    clusters.save(tmp_path / "m", options, learned)
    pd.testing.assert_frame_equal(
        clusters.annotate(frame, *clusters.load(tmp_path / "m")),
        clusters.annotate(frame, options, learned),
    )


@pytest.mark.parametrize("count", [0, 1])
def test_few_rows_have_their_answers(count: int) -> None:
    assert len(annotated(LOGONS.head(count))) == count


def test_scatter_has_every_point_in_two_dimensions() -> None:
    options = clusters.options({}, FIELDS)
    table = clusters.scatter(clusters.learn(LOGONS, options))
    assert list(table.columns) == ["x", "y", "cluster_id", "weight", "event"]
    assert sorted(table["weight"]) == [1, 50, 50]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"paths": "x"}, "paths= names 'x'; the search has: user, logon_type, process_name"),
        ({"method": "kmeans"}, "method='kmeans' is none of dbscan, hdbscan"),
        ({"distance": "far"}, "distance='far'"),
    ],
)
def test_wrong_options_are_named(given: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        clusters.options(given, FIELDS)


@pytest.mark.parametrize(
    ("reader", "alike", "other"),
    [
        (features.paths, ("C:\\w\\a.exe", "c:\\W\\A.EXE"), "C:\\w\\b.exe"),
        (features.accounts, ("NT AUTHORITY\\SYSTEM", "CORP\\WS01$"), "CORP\\alice"),
        (features.names, ("Network", "network"), "Batch"),
    ],
)
def test_features_tell_apart_what_differs(reader, alike, other) -> None:
    first, second, third = reader([*alike, other])
    assert np.array_equal(first, second)
    assert np.linalg.norm(first - third) > 0.5


@pytest.mark.parametrize("text", ["", "net user", "é–" * 3000, "powershell -enc " + "aB3/" * 90])
def test_arguments_count_what_a_command_line_is_made_of(text: str) -> None:
    shares = np.array(
        [n / len(text[:4096].encode()) for n in Counter(text[:4096].encode()).values()]
    )
    delimiters = sum(text[:4096].count(sign) for sign in " \t\n\r-/.,\"'|&:;%$()\\")
    digits = sum(sign in "0123456789" for sign in text) / max(len(text.encode()), 1)
    entropy = -(shares * np.log2(shares)).sum()
    expected = [np.log1p(len(text[:4096])), np.log1p(delimiters), 2 * digits, entropy / 2]
    texts = [f"other {n}" for n in range(3000)]
    found = features.arguments([*texts, text, *texts])[len(texts)]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)


def test_known_attacks_rank_in_the_top_of_their_hosts() -> None:
    if not DATA.exists():
        pytest.skip("../shared/data is not here")
    rows = pd.read_csv(DATA)
    rows = rows[~rows["command_line"].str.contains("Security Demo tasks", na=False)]
    rows = rows.reset_index(drop=True)
    rows["score"] = annotated(rows.drop(columns=["dataset", "technique"]))["score"]
    rank = rows.groupby("host")["score"].rank(ascending=False, method="min")
    share = rank / rows.groupby("host")["score"].transform("size")
    answers = pd.read_csv(DATA.with_name("known_answers.csv.gz"))
    answers = answers[(answers["file"] == DATA.name) & (answers["technique"] != "none")]
    found = []
    for _, answer in answers.iterrows():
        covered = (rows["dataset"] == answer["dataset"]) & (rows["host"] == answer["host"])
        covered &= rows["_time"].between(answer["first_time"], answer["last_time"])
        if answer["rows"] == 1:
            covered &= rows["event_id"] == int(answer["event_id"])
            covered &= rows["process_id"] == float(answer["process_id"])
        found.append(share[covered].min() <= 0.02)
    assert np.mean(found) >= 0.8
