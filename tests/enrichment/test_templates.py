from typing import Any

import pytest

from app.enrichment import templates

VALUES = {
    **templates.of_observable("https://c2.example.net/a?b=ü", "url"),
    "secret:key": "s/ecret",
    "secret:server": "https://ti.example.org/base/",
}


@pytest.mark.parametrize(
    ("template", "url"),
    [
        ("https://ti.example.org/{kind}/{value}", "https://ti.example.org/url/https%3A%2F%2Fc2.example.net%2Fa%3Fb%3D%C3%BC"),
        ("https://ti.example.org/{value:base64url}", "https://ti.example.org/aHR0cHM6Ly9jMi5leGFtcGxlLm5ldC9hP2I9w7w"),
        ("https://ti.example.org/{secret:key}", "https://ti.example.org/s%2Fecret"),
        ("{secret:server}/x/{kind}", "https://ti.example.org/base/x/url"),
    ],
)  # fmt: skip
def test_fill_url_encodes_everything_but_the_users_own_server(template: str, url: str) -> None:
    assert templates.fill_url(template, VALUES) == url


def test_own_server_is_what_a_url_begins_with() -> None:
    assert templates.own_server("{secret:server}/x", VALUES) == "https://ti.example.org/base"
    assert templates.own_server("https://ti.example.org/{secret:key}", VALUES) == ""


def test_fill_goes_into_json_and_leaves_other_braces() -> None:
    template = {"q": "{ edges { id } }", "list": ["{kind}", 5, None, {"v": "{value}"}], "on": True}
    assert templates.fill(template, VALUES) == {
        "q": "{ edges { id } }",
        "list": ["url", 5, None, {"v": "https://c2.example.net/a?b=ü"}],
        "on": True,
    }


def test_fill_does_not_fill_what_it_has_filled() -> None:
    values = templates.of_observable("{kind}{secret:key}", "url")
    assert templates.fill("{value}", values) == "{kind}{secret:key}"


def test_names_are_those_of_all_texts() -> None:
    template = ["{secret:a_1}/{value}", {"x": ["{kind}"]}, 7]
    assert list(templates.names(template)) == ["secret:a_1", "value", "kind"]


@pytest.mark.parametrize(
    "template", ["{vaule}", {"a": ["{value:base64}"]}, "{secret:}", "{secret:Ab}"]
)
def test_names_refuses_what_looks_like_a_placeholder(template: Any) -> None:
    with pytest.raises(ValueError, match="is no placeholder"):
        list(templates.names(template))
