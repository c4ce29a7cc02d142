"""Events to a collector that behaves as Splunk documents it."""

import gzip
import json

import pandas as pd
import pytest
from dsdlsupport import SplunkHEC

from app.splunk import hec
from app.splunk.errors import SplunkError
from app.splunk.hec import Labels, Pushed
from tests.splunk.collector import TOKEN

FRAME = pd.DataFrame({"_time": ["1700000000", ""], "user": ["a", None], "count": [1, 2]})
BOTH = [{"_time": "1700000000", "user": "a", "count": 1}, {"count": 2}]


def spooled(tmp_path):
    return sorted((tmp_path / "srv" / "app" / "spool").rglob("*.gz"))


def many(count):
    return [{"n": number, "pad": "x" * 90_000} for number in range(count)]


def numbers(indexer):
    return [event["n"] for event in indexer.seen()]


def test_frame_arrives_row_by_row_with_its_labels(indexer):
    labels = Labels("hunt", "dsdl_hunt:finding", "a source", "a host")
    assert hec.push_frame(FRAME, labels) == Pushed(sent=2)
    assert indexer.seen() == BOTH
    first, second = indexer.events
    push = first["fields"]["event_id"].removesuffix("-0")
    assert second["fields"] == {"event_id": f"{push}-1"}
    assert {**first, "event": 0, "fields": 0} == {
        "time": 1700000000.0,
        "index": "hunt",
        "sourcetype": "dsdl_hunt:finding",
        "source": "a source",
        "host": "a host",
        "event": 0,
        "fields": 0,
    }
    assert "time" not in second


def test_events_go_in_compressed_batches_in_order(indexer):
    assert hec.push(many(25)) == Pushed(sent=25)
    assert numbers(indexer) == list(range(25))
    assert [headers["Content-Encoding"] for headers in indexer.requests] == ["gzip"] * 3


def test_file_and_folder_arrive(indexer, tmp_path):
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "a.csv").write_text("x,y\n1,\n2,3\n")
    (folder / "b.jsonl").write_text('{"x": 4}\n\n[5]\n')
    (folder / "c.log").write_text("a line\r\nanother\n")
    (folder / ".hidden").write_text("no\n")
    assert hec.push_folder(folder, labels=Labels(index="hunt")) == Pushed(sent=6)
    rows = [{"x": "1"}, {"x": "2", "y": "3"}, {"x": 4}, {"value": [5]}, "a line", "another"]
    assert indexer.seen() == rows
    assert [event["source"] for event in indexer.events][::2] == [
        str(folder / name) for name in ("a.csv", "b.jsonl", "c.log")
    ]


def test_file_that_is_not_json_names_the_line(indexer, tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text('{"x": 1}\nnot json\n')
    with pytest.raises(ValueError, match=r"x\.jsonl, line 2: not JSON: 'not json'"):
        hec.push_file(path)


@pytest.mark.parametrize("trouble", [(503, 9), (429, 26), (500, 8)])
def test_busy_collector_gets_the_events_once(indexer, trouble):
    indexer.trouble = [trouble, trouble]
    assert hec.push(many(1)) == Pushed(sent=1)
    assert numbers(indexer) == [0]


def test_collector_that_stays_busy_gets_the_events_later_in_order(indexer, tmp_path):
    indexer.trouble = [(503, 9)] * 4
    assert hec.push(many(12)) == Pushed(spooled=12)
    assert len(spooled(tmp_path)) == 2
    assert hec.push([{"n": 12}]) == Pushed(sent=1)
    assert numbers(indexer) == list(range(13))
    assert spooled(tmp_path) == []


def test_collector_that_is_away_gets_the_events_later(indexer, tmp_path, monkeypatch):
    here = hec.collector().url
    monkeypatch.setattr("app.splunk.delivery.requests.Session.post", _refused)
    assert hec.push(many(1)) == Pushed(spooled=1)
    monkeypatch.undo()
    event = json.loads(gzip.decompress(spooled(tmp_path)[0].read_bytes()))
    assert event["event"]["n"] == 0
    assert here.startswith("https://127.0.0.1")


def _refused(*_, **__):
    import requests
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    refused = NewConnectionError(None, "Connection refused")
    raise requests.ConnectionError(MaxRetryError(None, "/", refused))


def test_full_spool_is_told(indexer, monkeypatch):
    monkeypatch.setenv("HUNT_SPOOL_MB", "0")
    indexer.trouble = [(503, 9)] * 4
    with pytest.raises(
        SplunkError, match=r"Splunk is away, and 0 MB wait in .* raise HUNT_SPOOL_MB"
    ):
        hec.push(many(1))


def test_spooled_batch_that_splunk_rejects_is_set_aside(indexer, tmp_path):
    indexer.trouble = [(503, 9)] * 4
    hec.push(many(1))
    indexer.trouble = [(400, 6)]
    assert hec.push([{"n": 1}]) == Pushed(sent=1)
    assert numbers(indexer) == [1]
    assert spooled(tmp_path) == []
    assert len(list((tmp_path / "srv").rglob("*.rejected"))) == 1


def test_acknowledged_events_are_sent_once(indexer):
    indexer.ack, indexer.acks_after = True, 2
    assert hec.push(many(25)) == Pushed(sent=25)
    assert numbers(indexer) == list(range(25))
    channels = {headers["X-Splunk-Request-Channel"] for headers in indexer.requests}
    assert len(channels) == 1


def test_lost_answer_does_not_duplicate_events_where_there_are_acknowledgements(indexer):
    indexer.ack, indexer.stall = True, 1
    assert hec.push(many(25)) == Pushed(sent=25)
    assert numbers(indexer) == list(range(25))


def test_lost_request_is_sent_again(indexer):
    indexer.ack, indexer.lose = True, 1
    assert hec.push(many(2)) == Pushed(sent=2)
    assert numbers(indexer) == [0, 1]


def test_lost_answer_gives_events_of_the_same_id_where_there_are_none(indexer):
    indexer.stall = 1
    assert hec.push(many(1)) == Pushed(sent=1)
    assert numbers(indexer) == [0, 0]
    assert len({event["fields"]["event_id"] for event in indexer.events}) == 1


def test_events_without_acknowledgement_wait_for_the_next_push(indexer, tmp_path):
    indexer.ack = indexer.never_acks = True
    assert hec.push(many(2)) == Pushed(spooled=2)
    assert len(spooled(tmp_path)) == 1
    indexer.never_acks = False
    hec.push([])
    assert spooled(tmp_path) == []


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_gateway_that_fails_after_splunk_took_the_events_makes_no_duplicates(indexer, status):
    indexer.ack, indexer.gateway = True, [status]
    assert hec.push(many(25)) == Pushed(sent=25)
    assert numbers(indexer) == list(range(25))


@pytest.mark.parametrize("value", [2**70, "\ud800", float("nan"), {1: {2}}])
def test_any_value_can_be_sent(indexer, value):
    assert hec.push([{"value": value}]) == Pushed(sent=1)
    assert len(indexer.seen()) == 1


def test_batch_that_is_too_large_does_not_keep_the_others(indexer, tmp_path):
    indexer.trouble = [(503, 9)] * 4
    hec.push(many(1))
    indexer.trouble = [(413, 27)]
    assert hec.push([{"n": 1}]) == Pushed(sent=1)
    assert len(list((tmp_path / "srv").rglob("*.rejected"))) == 1


def test_spool_counts_what_was_rejected(indexer, tmp_path, monkeypatch):
    monkeypatch.setenv("HUNT_SPOOL_MB", "1")
    indexer.trouble = [(503, 9)] * 4
    hec.push(many(1))
    (waiting,) = spooled(tmp_path)
    waiting.with_name("old.rejected").write_bytes(bytes(1 << 20))
    indexer.trouble = [(503, 9)] * 4
    with pytest.raises(SplunkError, match=r"beside 1 MB that it rejected: .* delete what is"):
        hec.push(many(1))


def test_spool_is_for_the_service_alone(indexer, tmp_path):
    indexer.trouble = [(503, 9)] * 4
    hec.push(many(1))
    (waiting,) = spooled(tmp_path)
    assert waiting.stat().st_mode & 0o777 == 0o660
    assert TOKEN.encode() not in gzip.decompress(waiting.read_bytes())


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (403, 1, "the token is disabled"),
        (403, 4, "check splunk_hec_token"),
        (400, 7, "there is no such index"),
        (400, 6, r"refused \(HTTP 400: trouble\)"),
    ],
)
def test_refusal_is_explained(indexer, status, code, said):
    indexer.trouble = [(status, code)]
    with pytest.raises(SplunkError, match=said):
        hec.push(many(1))


def test_certificate_is_checked(indexer, monkeypatch):
    monkeypatch.delenv("HUNT_SPLUNK_CA")
    with pytest.raises(SplunkError, match="certificate is not trusted"):
        hec.push(many(1))
    with pytest.raises(SplunkError, match="certificate is not trusted"):
        SplunkHEC.SplunkHEC().send({"event": 1})


def test_event_that_is_too_large_is_refused(indexer):
    with pytest.raises(ValueError, match=r"event 0 has 2\d+ bytes; Splunk takes 1000000 at once"):
        hec.push([{"x": "x" * 2_000_000}])


def test_notebook_sends_events(indexer):
    answer = SplunkHEC.SplunkHEC().send({"event": {"test": True}, "time": 1.5})
    assert (answer.status_code, answer.json()["text"]) == (200, "Success")
    assert indexer.events == [{"event": {"test": True}, "time": 1.5}]


def test_notebook_says_hello(indexer):
    assert SplunkHEC.SplunkHEC().send_hello_world(3).ok
    assert indexer.seen() == [{"message": f"hello world {number}"} for number in range(3)]


def test_notebook_sends_a_frame(indexer):
    assert SplunkHEC.SplunkHEC().send_df(FRAME, index="hunt") == Pushed(sent=2)
    assert indexer.seen() == BOTH


def test_nothing_set_up_says_what_to_set(monkeypatch):
    monkeypatch.delenv("splunk_hec_enabled", raising=False)
    with pytest.raises(SplunkError, match="set splunk_hec_enabled=1"):
        hec.push([])


@pytest.mark.parametrize(
    "url", ["", "/", "/services/collector", "/services/collector/event", "/services/collector/"]
)
def test_url_may_have_the_path_of_the_collector(indexer, url):
    here = hec.collector().url
    to = hec.collector(here + url)
    assert hec.push([{"n": 1}], to=to) == Pushed(sent=1)
