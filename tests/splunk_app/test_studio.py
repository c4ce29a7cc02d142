"""Dashboards say nothing that Dashboard Studio does not know: it would be ignored without a word."""

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.splunk_app.knowledge import VIEWS, dashboard

STUDIO = yaml.safe_load(Path(__file__).with_name("studio.yaml").read_text("utf-8"))
_PARTS = {
    "title", "description", "inputs", "defaults", "visualizations", "dataSources", "layout",
}  # fmt: skip
_VISUALIZATION = {
    "type",
    "title",
    "description",
    "dataSources",
    "options",
    "context",
    "eventHandlers",
}
_TOKEN = re.compile(r"\$[\w.]+(?:\|[su])?\$")
_each_view = pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.stem)


def unknown(options, known):
    """Options, and values of those that have a choice, that are not known."""
    return {
        name: value
        for name, value in options.items()
        if name not in known or (known[name] and value not in {_text(each) for each in known[name]})
    }


def _text(value):
    return {False: "off"}.get(value, value)  # YAML reads off as false


@_each_view
def test_dashboard_has_parts_that_studio_knows(path):
    definition = dashboard(path)
    assert set(definition) == _PARTS
    assert definition["layout"]["type"] == "grid"
    for source in definition["dataSources"].values():
        assert source["type"] == "ds.search"
        assert set(source) == {"type", "name", "options"}
        assert set(source["options"]) == {"query"}
        assert re.fullmatch(r"[\w ]+", source["name"])
    for part in definition["visualizations"].values():
        assert set(part) <= _VISUALIZATION
        assert set(part["dataSources"]) == {"primary"}
        assert unknown(part["options"], STUDIO["visualizations"][part["type"]]) == {}
    for one in definition["inputs"].values():
        assert unknown(one["options"], STUDIO["inputs"][one["type"]]) == {}


@_each_view
def test_clicks_do_what_studio_knows(path):
    handlers = [
        handler
        for part in dashboard(path)["visualizations"].values()
        for handler in part.get("eventHandlers", [])
    ]
    for handler in handlers:
        assert set(handler["options"]) <= set(STUDIO["handlers"][handler["type"]])
        for token in handler["options"].get("tokens", []):
            assert set(token) == {"token", STUDIO["token"][handler["type"]]}
            assert "$" not in json.dumps(token)


@_each_view
def test_dollars_are_tokens_or_escaped(path):
    definition = dashboard(path)
    text = json.dumps([definition["visualizations"], definition["dataSources"]])
    assert "$" not in _TOKEN.sub("", text)


@_each_view
def test_what_is_clicked_is_quoted_in_searches(path):
    """A value of an event must not become SPL."""
    for part in dashboard(path)["visualizations"].values():
        for handler in part.get("eventHandlers", []):
            taken = re.findall(r"\$row\.[^$]+\$", handler["options"].get("query", ""))
            assert all(token.endswith("|s$") for token in taken)
