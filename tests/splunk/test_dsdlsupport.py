"""Notebooks written for DSDL import `dsdlsupport`: their lines work unchanged."""

import base64

import matplotlib.pyplot as plt
import pytest
from dsdlsupport import SplunkSearch
from dsdlsupport.SplunkGenerateGraphicsObjects import SplunkGenerateGraphicsObjects

from app.splunk.errors import SplunkError
from tests.splunk.search_head import row


def test_search_gives_rows_as_dictionaries(head):
    search = SplunkSearch.SplunkSearch()
    assert search.search("index=x rows=2", earliest="-1h", latest="now") == [row(0), row(1)]
    assert search.as_df().to_dict("records") == [row(0), row(1)]
    created = next(form for path, form in head.requests if path == "search/v2/jobs")
    assert (created["search"], created["earliest_time"]) == ("search index=x rows=2", "-1h")


def test_search_pages_through_a_long_result(head):
    head.page = 100
    search = SplunkSearch.SplunkSearch()
    assert len(search.search("rows=1050")) == 1050
    assert [form["offset"] for path, form in head.requests if path.endswith("results")] == [
        str(offset) for offset in range(0, 1050, 100)
    ]
    assert search.ui["progress2"].value == search.ui["progress2"].max == 1050
    assert search.ui["resultinfo"].value == "search completed with 1050 results."


def test_as_df_runs_the_search_of_the_form_where_none_ran(head):
    search = SplunkSearch.SplunkSearch(search="index=demo rows=3")
    assert len(search.as_df()) == 3


def test_form_is_kept_between_searches(head):
    search = SplunkSearch.SplunkSearch(search="rows=1")
    search.ui["spl"].value = "rows=2"
    search.search_button_clicked(None)
    assert len(search.as_df()) == 2
    assert search.ui["button"].disabled is False


def test_button_shows_what_goes_wrong(head):
    head.failed = "Unknown search command"
    search = SplunkSearch.SplunkSearch(search="| x")
    search.search_button_clicked(None)
    assert search.ui["resultinfo"].value == (
        "An error occurred: the search failed: Unknown search command"
    )


def test_search_log_is_printed(head, capsys):
    search = SplunkSearch.SplunkSearch()
    search.search_logs()
    search.search("rows=1")
    search.search_logs()
    assert "dispatched" in capsys.readouterr().out


def test_arguments_win_over_the_environment(head):
    search = SplunkSearch.SplunkSearch(host="localhost", token="another")
    with pytest.raises(SplunkError, match=r"localhost:.* Splunk does not accept the token"):
        search.search("x")


@pytest.mark.parametrize("plot", [lambda: plt.subplots()[0], lambda: plt.subplots()[1]])
def test_plot_becomes_a_picture(plot, tmp_path):
    model = SplunkGenerateGraphicsObjects({}, "a_plot", plot(), graphics_path=f"{tmp_path}/")
    plt.close("all")
    picture = (tmp_path / "a_plot.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert model["graphics"]["a_plot"] == {
        "base64": base64.b64encode(picture),
        "container_local_path": str(tmp_path / "a_plot.png"),
        "external_relative_path": "graphics/a_plot.png",
    }


@pytest.mark.parametrize("key", ["../x", "", "a/b", ".hidden"])
def test_plot_is_not_written_elsewhere(key, tmp_path):
    with pytest.raises(ValueError, match="cannot name a picture"):
        SplunkGenerateGraphicsObjects({}, key, None, graphics_path=str(tmp_path))
