import json
import re
from xml.etree import ElementTree

import pytest

from tests.splunk_app.knowledge import APP, VIEWS, dashboard, macros_used, searches, stanzas

_each_view = pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.stem)


@_each_view
def test_dashboard_lays_out_each_of_its_visualizations_once(path):
    definition = dashboard(path)
    placed = [block["item"] for block in definition["layout"]["structure"]]
    assert sorted(placed) == sorted(definition["visualizations"])


@_each_view
def test_dashboard_uses_each_of_its_data_sources(path):
    definition = dashboard(path)
    used = {
        source
        for part in [*definition["visualizations"].values(), *definition["inputs"].values()]
        for source in part.get("dataSources", {}).values()
    }
    assert used == set(definition["dataSources"])


@_each_view
def test_dashboard_fills_each_row_of_its_grid(path):
    widths: dict[int, int] = {}
    for block in dashboard(path)["layout"]["structure"]:
        place = block["position"]
        widths[place["y"]] = widths.get(place["y"], 0) + place["w"]
    assert set(widths.values()) == {1200}


@_each_view
def test_dashboard_shows_its_inputs(path):
    definition = dashboard(path)
    assert definition["layout"]["globalInputs"] == list(definition["inputs"])
    assert "input_data" in definition["inputs"]


@_each_view
def test_dashboard_uses_tokens_that_are_set(path):
    definition = dashboard(path)
    inputs = [one["options"]["token"] for one in definition["inputs"].values()]
    given = {*inputs, *definition["defaults"].get("tokens", {}).get("default", {})}
    text = json.dumps([definition["visualizations"], definition["dataSources"]])
    used = {name.split(".")[0] for name in re.findall(r"\$([a-z][\w.]*?)(?:\|s)?\$", text)}
    assert used - {"row"} <= given
    set_by_clicks = {
        token["token"] for handler in _handlers(definition) for token in handler.get("tokens", [])
    }
    assert {name.split(".")[0] for name in set_by_clicks} <= given | {"id"}


@_each_view
def test_clicks_take_columns_of_their_table_and_go_where_something_is(path):
    definition = dashboard(path)
    for visualization in definition["visualizations"].values():
        handlers = json.dumps(visualization.get("eventHandlers", []))
        taken = set(re.findall(r"row\.([\w]+)\.value", handlers))
        if taken:
            assert taken <= _columns(definition, visualization), visualization["title"]
        if "drilldown" in visualization["options"]:
            assert handlers != "[]", visualization["title"]
    named = {one["dashboard"] for one in _handlers(definition) if "dashboard" in one}
    assert named <= {view.stem for view in VIEWS}


@_each_view
def test_visualizations_take_columns_and_colours_that_there_are(path):
    definition = dashboard(path)
    for visualization in definition["visualizations"].values():
        options = json.dumps(visualization["options"])
        taken = set(re.findall(r"seriesByName\('(\w+)'\)", options))
        columns = _columns(definition, visualization) if taken else set()
        assert taken <= columns, visualization["title"]
        colours = set(re.findall(r"(?:match|range)Value\((\w+)\)", options))
        assert colours <= set(visualization.get("context", {})), visualization["title"]


@_each_view
def test_every_panel_has_a_title(path):
    titles = [one.get("title") for one in dashboard(path)["visualizations"].values()]
    assert all(titles)
    assert len(set(titles)) == len(titles)


def _handlers(definition):
    return [
        handler["options"]
        for one in definition["visualizations"].values()
        for handler in one.get("eventHandlers", [])
    ]


def _columns(definition, visualization):
    """The columns that the search of a visualization ends with: of its table, or of its stats."""
    (source,) = visualization["dataSources"].values()
    *_, last = [
        step
        for step in definition["dataSources"][source]["options"]["query"].split(" | ")
        if re.match(r"(table|stats|chart) ", step)
    ]
    if last.startswith("table "):
        return set(last.split()[1:])
    made = set(re.findall(r" AS (\w+)", last)) | set(last.partition(" BY ")[2].split())
    return made | ({"count"} if re.match(r"stats count\b(?! AS)", last) else set())


def test_navigation_names_each_dashboard():
    root = ElementTree.parse(APP / "default/data/ui/nav/default.xml").getroot()
    named = {view.get("name") for view in root.iter("view")}
    assert named >= {path.stem for path in VIEWS}


@pytest.mark.parametrize("place", searches())
def test_search_uses_macros_that_there_are(place):
    assert macros_used(searches()[place]) <= set(stanzas("macros.conf"))
