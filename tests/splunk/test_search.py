"""Searches against a search head, with splunk-sdk in between."""

import pytest

from app.splunk import search
from app.splunk.errors import SplunkError
from tests.splunk.search_head import row


def test_search_gives_the_final_rows_in_order(head):
    frame = search.search("index=x rows=3")
    assert frame.to_dict("records") == [row(0), row(1), row(2)]
    assert frame.attrs["messages"] == []


def test_search_sends_what_the_api_wants(head):
    search.search(" index=x rows=1 ", "-1h", "-5m")
    path, form = head.requests[-1]
    assert path == "search/v2/jobs/export"
    assert form == {
        "search": "search index=x rows=1",
        "earliest_time": "-1h",
        "latest_time": "-5m",
        "output_mode": "json",
        "preview": "false",
        "segmentation": "none",
    }


def test_search_goes_beyond_50000_rows(head):
    frame = search.search("index=x rows=60001")
    assert (len(frame), frame["n"].iloc[-1]) == (60_001, "60000")


def test_search_counts_its_rows_where_asked(head, capsys):
    search.search("index=x rows=3")
    assert capsys.readouterr().err == ""
    search.search("index=x rows=3", progress=True)
    assert "3 rows" in capsys.readouterr().err


def test_search_without_rows_gives_an_empty_frame(head):
    assert search.search("index=x").empty


def test_search_joins_multi_value_fields_where_asked(head):
    assert search.search("rows=1", delim="|").to_dict("records") == [{"n": "0", "mv": "a|b"}]


def test_search_keeps_the_messages_of_splunk(head):
    head.lines = [
        {"messages": [{"type": "WARN", "text": "an indexer is down"}]},
        {"preview": False, "lastrow": True, "result": {"n": "1"}},
    ]
    frame = search.search("x")
    assert frame.to_dict("records") == [{"n": "1"}]
    assert frame.attrs["messages"] == ["WARN: an indexer is down"]


def test_search_that_splunk_ends_early_says_so(head):
    head.lines = [{"preview": False, "result": {"n": "1"}}]
    messages = search.search("x").attrs["messages"]
    assert messages == ["WARN: Splunk did not say that this is all"]


def test_search_that_fails_raises_what_splunk_says(head):
    head.lines = [{"messages": [{"type": "FATAL", "text": "Unknown search command 'x'."}]}]
    with pytest.raises(SplunkError, match="the search failed: Unknown search command 'x'"):
        search.search("| x")


def test_search_whose_connection_breaks_raises(head):
    head.cut = True
    with pytest.raises(SplunkError, match="cannot be reached: IncompleteRead"):
        search.search("rows=5")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "Splunk does not accept the token"),
        (402, "licence"),
        (403, "its role lacks the capability"),
        (429, "too many searches at the same time"),
        (503, "Splunk is busy or starting"),
    ],
)
def test_refusal_is_explained(head, status, said):
    head.refuse = status
    with pytest.raises(SplunkError, match=said) as refused:
        search.search("x")
    assert refused.value.status == status
    assert f"(HTTP {status}" in str(refused.value)


def test_certificate_is_checked(head, monkeypatch):
    monkeypatch.delenv("HUNT_SPLUNK_CA")
    with pytest.raises(SplunkError, match="its certificate is not trusted; set HUNT_SPLUNK_CA"):
        search.search("x")
    monkeypatch.setenv("HUNT_SPLUNK_VERIFY", "false")
    assert len(search.search("rows=1")) == 1


def test_saved_search_runs_by_its_name(head):
    search.saved('my "search" rows=2', user="a\\b")
    assert head.requests[-1][1]["search"] == (
        '| savedsearch "my \\"search\\" rows=2" user="a\\\\b"'
    )


def test_oneshot_gives_at_most_one_answer(head):
    head.page = 10
    assert len(search.oneshot("rows=60")) == 10


@pytest.mark.parametrize("query", ["", "  \n"])
def test_empty_search_is_refused(query):
    with pytest.raises(SplunkError, match="the search is empty"):
        search.command(query)


@pytest.mark.parametrize(
    ("query", "command"),
    [
        ("index=x", "search index=x"),
        ("search index=x", "search index=x"),
        ("search\nindex=x", "search\nindex=x"),
        ("searching for", "search searching for"),
        (" | makeresults", "| makeresults"),
    ],
)
def test_query_becomes_a_command(query, command):
    assert search.command(query) == command


def test_nothing_set_up_says_what_to_set(monkeypatch):
    monkeypatch.delenv("splunk_access_enabled", raising=False)
    with pytest.raises(SplunkError, match="set splunk_access_enabled=1"):
        search.search("x")
