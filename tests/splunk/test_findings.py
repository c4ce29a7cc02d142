"""What models find becomes events with the names of the Common Information Model."""

import pandas as pd
import pytest

from app.splunk import findings
from app.splunk.events import as_json
from app.splunk.hec import Pushed
from tests.running_service import running_service
from tests.service.modules import ECHO

EVENTS = pd.DataFrame({"CommandLine": ["powershell -enc AAAA", "cmd"], "Computer": ["pc1", "pc2"]})
RESULT = pd.DataFrame(
    {
        "CommandLine": EVENTS["CommandLine"],
        "ioc_url": ["http://a.example.com/|http://b.example.com/", ""],
        "ioc_md5": ["0" * 32, ""],
        "ioc_sha1": ["1" * 40, ""],
    }
)


def param(params):
    return {"options": {"params": params}}


def test_findings_have_both_names_and_their_events_fields(indexer):
    params = {"hec": '"true"', "hec_index": "hunt", "algo": "powershell_ioc"}
    assert findings.push(RESULT, EVENTS, param(params), "my_model") == Pushed(sent=2)
    urls = ["http://a.example.com/", "http://b.example.com/"]
    assert indexer.seen() == [
        {
            "Computer": "pc1",
            "CommandLine": "powershell -enc AAAA",
            "ioc_url": urls,
            "ioc_md5": ["0" * 32],
            "ioc_sha1": ["1" * 40],
            "process": "powershell -enc AAAA",
            "dest": "pc1",
            "file_hash": ["0" * 32, "1" * 40],
            "url": urls,
        },
        {"Computer": "pc2", "CommandLine": "cmd", "process": "cmd", "dest": "pc2"},
    ]
    event = indexer.events[0]
    assert (event["index"], event["sourcetype"], event["source"]) == (
        "hunt",
        "dsdl_hunt:finding",
        "my_model",
    )


@pytest.mark.parametrize("params", [{}, {"hec": "false"}, {"hec": "0", "hec_index": "x"}])
def test_nothing_is_sent_without_hec(indexer, params):
    assert findings.push(RESULT, EVENTS, param(params), "m") is None
    assert indexer.requests == []


def test_hec_that_is_no_flag_is_refused():
    with pytest.raises(ValueError, match="hec='maybe' is neither true nor false"):
        findings.push(RESULT, EVENTS, param({"hec": "maybe"}), "m")


def test_field_of_the_search_is_not_replaced_by_an_alias():
    assert findings.finding({"ioc_url": "a|b", "url": "own"}) == {
        "ioc_url": ["a", "b"],
        "url": "own",
    }


@pytest.mark.parametrize("text", ["x" * 5_000_000, "\0" * 2_000_000, ["y" * 30_000] * 1_500])
def test_endless_text_is_cut_to_fit(text):
    event = findings.fitting({"host": "a", "decode_final": text, "command": "powershell"})
    assert (event["host"], event["command"]) == ("a", "powershell")
    assert event["shortened"] == ["decode_final"]
    assert 10_000 < len(as_json(event)) < 1_000_000


def test_text_that_fits_stays():
    event = {"command": "x" * 800_000}
    assert findings.fitting(event) == event


def test_search_sends_its_findings(indexer, tmp_path):
    body = "x,ioc_url\n1,http://a.example.com/|http://b.example.com/\n"
    where = {"hec": '"true"', "hec_index": "hunt"}
    with running_service() as service:
        service.module("echo", ECHO)
        assert service.fit(body, "echo", "m", params=where)["status"] == "success"
        service.apply(body, "echo", "m")
        assert [event["source"] for event in indexer.events] == ["echo_m"]
        assert indexer.seen()[0]["url"] == ["http://a.example.com/", "http://b.example.com/"]
        indexer.trouble = [(403, 1)]
        refused = service.apply(body, "echo", "m", params=where)["message"]
    assert "unable to send the findings to Splunk (hec=true)" in refused
    assert "the token is disabled" in refused
