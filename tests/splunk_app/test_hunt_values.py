"""What values and fields of events survive on the way through | hunt, in Splunk's Pythons."""

import csv
import sys

import pytest

from app.spl.splunkd import command
from tests.splunk_app.conftest import python_of_splunk

ECHO = """
def init(df, param): return 1
def apply(model, df, param): return df[["n"]].assign(seen=df["n"])
"""
_DOLLARS = ["5$", "$$6;", "$;$", 'a"b', "x\ny", "", "last"]
VALUES = {
    "quotes and dollars": 'a"b;c$d$$e;$f$,',
    "several values": _DOLLARS,
    "line feeds": "\nx\r\ny\n\n",
    "carriage return": "a\rb",
    "separators of Unicode": "a\u2028b\x0c\x1c\x85\ufeff",
    "beyond the basic plane": "\U0001f600",
    "blanks": "  ",
    "a number": "007",
    "nothing": "",
    "long": "x" * 10_500_000,
}


@pytest.fixture(scope="module", autouse=True)
def long_fields():
    before = csv.field_size_limit(sys.maxsize)
    yield
    csv.field_size_limit(before)


@pytest.mark.parametrize("version", ["3.9", "3.13"])
def test_values_come_back_as_they_went(app, rest, service, version):
    service.module("echo", ECHO)
    events = [{"n": value, "_raw": "x"} for value in VALUES.values()]
    with command(app, "hunt", python_of_splunk(version)) as hunt:
        hunt.getinfo(rest, "echo", "n")
        reply = hunt.execute(events, finished=True)
    assert reply.messages == []
    assert reply.events == [{**event, "seen": event["n"]} for event in events]


@pytest.mark.parametrize("version", ["3.9", "3.13"])
def test_bytes_that_are_no_text_become_replacement_characters(app, rest, service, version):
    service.module("echo", ECHO)
    with command(app, "hunt", python_of_splunk(version)) as hunt:
        hunt.getinfo(rest, "echo", "n")
        hunt.send({"action": "execute", "finished": True}, b'n,__mv_n\n"a\xff\x00b",\n')
        reply = hunt.reply()
    assert reply.events == [{"n": "a\ufffd\ufffdb", "seen": "a\ufffd\ufffdb"}]


@pytest.mark.parametrize("body", [b"", b"n,__mv_n\n"])
def test_chunk_without_events_gives_none_and_no_warning(app, rest, body):
    with command(app, "hunt") as hunt:
        hunt.getinfo(rest, "ioc_extract", "n")
        hunt.send({"action": "execute", "finished": True}, body)
        reply = hunt.reply()
        assert hunt.end() == 0
    assert (reply.events, reply.messages) == ([], [])


def test_star_in_a_field_stands_for_any_text(app, rest):
    with command(app, "hunt") as hunt:
        info = hunt.getinfo(rest, "ioc_extract", "a_*")
        event = {"a_1": "http://192.0.2.1/", "b": "http://192.0.2.2/", "a_2": "192.0.2.3"}
        reply = hunt.execute([event], finished=True)
    assert info.metadata["required_fields"] == ["*"]
    assert reply.events[0]["ioc_ipv4"] == ["192.0.2.1", "192.0.2.3"]


def test_column_that_only_later_events_have_is_warned_of(app, rest, service):
    service.module("late", "def init(df, param):\n    return 1\n\n\ndef apply(model, df, param):\n"
                   "    return df[['n']].assign(**{'c' + df['n'].iloc[0]: 'x'})\n")  # fmt: skip
    rest.conf["rows"] = "1"
    with command(app, "hunt") as hunt:
        hunt.getinfo(rest, "late", "n")
        (told,) = hunt.execute([{"n": "a"}, {"n": "b"}], finished=True).messages
    assert "late gives the column 'cb' for some events only" in told
