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


def test_navigation_names_dashboards_that_there_are():
    root = ElementTree.parse(APP / "default/data/ui/nav/default.xml").getroot()
    named = {view.get("name") for view in root.iter("view")}
    assert named >= {path.stem for path in VIEWS}


@pytest.mark.parametrize("place", searches())
def test_search_uses_macros_that_there_are(place):
    assert macros_used(searches()[place]) <= set(stanzas("macros.conf"))
