import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app import pictures
from app.pictures import page, png, together
from app.pictures.scene import MAX_MARKS, Cells, Labels, Points, Segments
from app.pictures.tree import MAX_NODES
from tests.pictures import samples


def layer(scene: pictures.Scene, kind: type, index: int = 0):  # type: ignore[no-untyped-def]
    return [item for item in scene.layers if isinstance(item, kind)][index]


def test_timeline_has_a_lane_for_each_host_the_busiest_on_top() -> None:
    events = pd.DataFrame({"_time": ["2026-01-01"] * 3, "host": ["b", "a", "b"]})
    scene = pictures.timeline(events, "_time", "host")
    assert scene.y.categories == ("a", "b")
    assert list(layer(scene, Points).data["y"]) == [1.0, 0.0, 1.0]


def test_timeline_of_a_million_events_counts_them_all_and_says_so() -> None:
    scene = pictures.timeline(samples.events(1_000_000, 90), "_time", "host", marked="odd")
    assert layer(scene, Cells).data["count"].sum() == 999_000
    assert len(layer(scene, Cells).data) <= MAX_MARKS
    assert len(layer(scene, Points).data) == 1_000
    assert "999,000 events are counted in cells" in scene.note
    assert "(50 others)" in scene.y.categories


def test_timeline_names_events_without_a_time() -> None:
    events = pd.DataFrame({"_time": ["2026-01-01", "never"], "host": ["a", "a"]})
    scene = pictures.timeline(events, "_time", "host")
    assert scene.note == "1 events have no time that can be read."


def test_timeline_draws_what_lasts_as_long_as_it_lasts() -> None:
    events = pd.DataFrame({"start": ["2026-01-01"], "end": ["2026-01-02"], "user": ["eve"]})
    lasting = layer(pictures.timeline(events, "start", "user", until="end"), Segments).data
    assert list(lasting["x1"] - lasting["x0"]) == [pd.Timedelta(days=1)]


def test_series_draws_every_anomaly_and_keeps_its_order_in_time() -> None:
    values = pd.DataFrame(
        {"_time": ["2026-01-02", "2026-01-01"], "count": [9, 1], "anomaly": [1, 0]}
    )
    scene = pictures.series(values, "_time", "count", anomaly="anomaly")
    assert list(layer(scene, Points).data["y"]) == [9]
    assert scene.table["count"].tolist() == [9, 1]


@given(arrays.arrays(float, st.integers(1, 500), elements=st.floats(-1e6, 1e6)))
def test_envelope_keeps_the_lowest_and_the_highest_value(values: np.ndarray) -> None:
    line = together.envelope(np.arange(len(values)), values, most=20)
    assert len(line) <= 20
    assert line["y"].min() == values.min()
    assert line["y"].max() == values.max()
    assert line["x"].is_monotonic_increasing


@given(arrays.arrays(float, st.tuples(st.integers(1, 300), st.just(2)), elements=st.floats(-9, 9)))
def test_cells_hold_every_point(points: np.ndarray) -> None:
    assert together.cells(points[:, 0], points[:, 1])["count"].sum() == len(points)


def test_tree_draws_children_below_their_parents() -> None:
    scene = pictures.tree(samples.processes(), "id", "parent", "image", "score", "odd")
    normal, marked = layer(scene, Points), layer(scene, Points, 1)
    assert dict(zip(normal.data["id"], normal.data["x"], strict=True)) == {1: 0, 2: 1, 4: 1}
    assert dict(zip(marked.data["id"], marked.data["x"], strict=True)) == {3: 2}
    assert len(layer(scene, Labels).data) == 4


def test_tree_of_many_keeps_the_highest_scores_with_all_that_they_descend_from() -> None:
    count = 5_000
    nodes = pd.DataFrame({"id": range(count), "parent": [None, *range(count - 1)]})
    nodes["parent"] = nodes["parent"].where(nodes.index % 100 != 0)
    nodes = nodes.assign(image="x", score=(nodes["id"] == count - 1).astype(float))
    scene = pictures.tree(nodes, "id", "parent", "image", "score")
    drawn = set(layer(scene, Points).data["id"])
    assert set(range(count - 100, count)) <= drawn
    assert len(drawn) <= MAX_NODES
    assert f"{count - len(drawn):,} nodes" in scene.note


def test_tree_survives_loops_and_parents_that_are_not_there() -> None:
    nodes = pd.DataFrame({"id": [1, 2, 3], "parent": [2, 1, 99], "image": "x"})
    scene = pictures.tree(nodes, "id", "parent", "image")
    assert scene.description.startswith("3 nodes")


def test_matrix_counts_every_event_even_those_of_the_others() -> None:
    pairs = pd.DataFrame({"src": [f"s{n % 97}" for n in range(500)], "dest": "d"})
    scene = pictures.matrix(pairs, "src", "dest")
    assert layer(scene, Cells).data["count"].sum() == 500
    assert scene.y.categories[-1] == "(37 others)"


def test_graph_draws_the_most_connected_and_says_what_it_leaves_out() -> None:
    edges = pd.DataFrame({"host": "hub", "ip": [f"203.0.113.{n}x" for n in range(900)]})
    scene = pictures.graph(edges, "host", "ip")
    assert scene.description == "901 entities, 900 connections."
    assert scene.table.iloc[0].tolist() == ["hub", "source", 900]
    assert scene.note == "501 entities with fewer connections are not drawn."


def test_map_draws_rows_at_the_same_place_once() -> None:
    places = pd.DataFrame(
        {"latitude": [1, "1", None], "longitude": [2, 2, 3], "ip": ["a", "b", "c"]}
    )
    scene = pictures.worldmap(places)
    assert scene.table.to_dict("records") == [
        {"longitude": 2.0, "latitude": 1.0, "ip": "a, b", "count": 2}
    ]
    assert scene.note == "1 rows have no place that is known."


def test_scatter_colours_the_largest_groups_and_greys_the_rest() -> None:
    points = pd.DataFrame({"a": range(45), "b": range(45), "cluster": [n // 5 for n in range(45)]})
    scene = pictures.scatter(points, "a", "b", "cluster")
    assert [item.legend for item in scene.layers][-1] == "other groups"
    assert sum(len(item.data) for item in scene.layers if isinstance(item, Points)) == 45


def test_missing_column_is_named() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        pictures.scatter(samples.events(3), "nowhere", "odd")


EMPTY = pd.DataFrame({"a": [], "b": []})
ONE = pd.DataFrame({"a": ["p", "q"], "b": ["q", "r"], "w": [0, -5]})
COORDINATES = pd.DataFrame(
    {"_time": ["2026-01-01"], "host": ["a"], "x": ["q"], "size": ["big"], "width": ["wide"]}
)
TIMED = pd.DataFrame({"_time": range(3), "v": ["1", "many", None], "anomaly": ["1", "0", "0"]})
DRAWABLE = {
    "graph of nothing": lambda: pictures.graph(EMPTY, "a", "b"),
    "matrix of nothing": lambda: pictures.matrix(EMPTY, "a", "b"),
    "matrix of weights below zero": lambda: pictures.matrix(ONE, "a", "b", "w"),
    "matrix of no weight": lambda: pictures.matrix(ONE.assign(w=np.nan), "a", "b", "w"),
    "matrix of fields x and y": lambda: pictures.matrix(
        ONE.rename(columns={"a": "x", "b": "y"}), "x", "y"
    ),
    "map of fields x, count, size": lambda: pictures.worldmap(
        pd.DataFrame({"latitude": [1], "longitude": [2], "x": [3], "count": [4], "size": ["s"]})
    ),
    "timeline of fields x, size": lambda: pictures.timeline(COORDINATES, "_time", "host"),
    "scatter of fields x, y, size": lambda: pictures.scatter(
        pd.DataFrame({"x": [1, 2], "y": [1, 2], "size": ["s", "t"]}), "x", "y", "size"
    ),
    "scatter of a field twice": lambda: pictures.scatter(
        pd.DataFrame([[1, 2, 3]], columns=["a", "b", "b"]), "a", "b"
    ),
    "scatter too wide for a number": lambda: pictures.scatter(
        pd.DataFrame({"a": [1e308, -1e308] * 15_000, "b": 1}), "a", "b"
    ),
    "series of text": lambda: pictures.series(TIMED, "_time", "v", anomaly="anomaly"),
    "letters the font lacks": lambda: pictures.timeline(
        pd.DataFrame({"_time": [0], "host": ["日本 שלום"]}), "_time", "host"
    ),
}


@pytest.mark.parametrize("case", DRAWABLE)
def test_whatever_the_fields_hold_is_drawn(case: str) -> None:
    scene = DRAWABLE[case]()
    assert "data-root-id" in page.render([scene])
    assert png.render([scene]).startswith(b"\x89PNG")


def test_scatter_lists_its_own_coordinates() -> None:
    points = pd.DataFrame({"x": [1], "y": [2]})
    assert pictures.scatter(points, "x", "y").table.to_dict("records") == [{"x": 1, "y": 2}]


def test_series_lists_each_row_once_though_an_index_comes_twice() -> None:
    values = pd.DataFrame({"_time": [1, 2], "v": [1, 2], "anomaly": [1, 0]})
    scene = pictures.series(pd.concat([values, values]), "_time", "v", anomaly="anomaly")
    assert scene.table["v"].tolist() == [1, 1, 2, 2]


def test_written_truth_values_are_read() -> None:
    events = pd.DataFrame({"_time": range(4), "host": "a", "odd": ["0", "1", "False", None]})
    scene = pictures.timeline(events, "_time", "host", marked="odd")
    assert scene.description == "4 events in 1 lanes by host; 1 are marked."


def test_what_is_too_much_to_draw_is_said() -> None:
    count = MAX_MARKS + 1
    rows = pd.DataFrame({"_time": range(count), "v": 1, "host": "a", "anomaly": 1})
    rows["end"] = rows["_time"] + rows.index
    lasting = pictures.timeline(rows, "_time", "host", until="end")
    assert lasting.note == "Of 20,001 events that last, the 20,000 longest are drawn."
    anomalies = pictures.series(rows, "_time", "v", anomaly="anomaly")
    assert "Of 20,001 that are marked, 20,000 are drawn." in anomalies.note


def test_tree_deeper_than_can_be_drawn_is_drawn_from_its_root() -> None:
    count = MAX_NODES + 500
    nodes = pd.DataFrame({"id": range(count), "parent": [None, *range(count - 1)], "image": "x"})
    scene = pictures.tree(nodes.assign(score=nodes["id"]), "id", "parent", "image", "score")
    assert sorted(layer(scene, Points).data["id"]) == list(range(MAX_NODES))


def test_names_in_a_large_tree_do_not_lie_over_one_another() -> None:
    nodes = pd.DataFrame({"id": range(1500), "parent": None, "image": "a.exe", "odd": True})
    scene = pictures.tree(nodes, "id", "parent", "image", marked="odd")
    (labels,) = (layer for layer in scene.layers if isinstance(layer, Labels))
    assert 100 <= len(labels.data) <= 150
    assert np.diff(-labels.data["y"]).min() >= 10
    assert "Not all are named" in scene.note
