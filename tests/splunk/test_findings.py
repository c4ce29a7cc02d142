"""What models find becomes events with the names of the Common Information Model."""

import pandas as pd
import pytest

from app.splunk import findings
from app.splunk.hec import Pushed

EVENTS = pd.DataFrame({"CommandLine": ["powershell -enc AAAA", "cmd"], "Computer": ["pc1", "pc2"]})
RESULT = pd.DataFrame(
    {
        "CommandLine": EVENTS["CommandLine"],
        "ioc_url": ["http://a.example.com/|http://b.example.com/", ""],
        "ioc_md5": ["0" * 32, ""],
        "ioc_sha1": ["1" * 40, ""],
    }
)


def test_findings_have_both_names_and_their_events_fields(indexer):
    params = {"hec": '"true"', "hec_index": "hunt", "algo": "powershell_ioc"}
    assert findings.push(RESULT, EVENTS, params, "my_model") == Pushed(sent=2)
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
    assert findings.push(RESULT, EVENTS, params, "m") is None
    assert indexer.requests == []


def test_hec_that_is_no_flag_is_refused():
    with pytest.raises(ValueError, match="hec='maybe' is neither true nor false"):
        findings.push(RESULT, EVENTS, {"hec": "maybe"}, "m")


def test_field_of_the_search_is_not_replaced_by_an_alias():
    assert findings.finding({"ioc_url": "a|b", "url": "own"}) == {
        "ioc_url": ["a", "b"],
        "url": "own",
    }
