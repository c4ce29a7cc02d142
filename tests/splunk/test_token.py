"""When tokens expire."""

import base64
import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.splunk import search, token
from app.splunk.errors import SplunkError

NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)


def jwt(claims):
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJh.{body}.c2ln"


def lasting(**time):
    return jwt({"exp": int((NOW + datetime.timedelta(**time)).timestamp())})


@pytest.mark.parametrize("text", [jwt({"exp": 0}), jwt({}), jwt([1]), "a.b.c", "abc", "", "a..b"])
def test_token_without_an_end_lasts(text):
    assert token.expiry(text) is None
    assert token.warn(text, NOW) == ""


@pytest.mark.parametrize(
    ("time", "said"),
    [({"days": 8}, ""), ({"days": 3}, "in 3 days, on 2026-11-26"), ({"hours": 5}, "in 5 hours")],
)
def test_token_is_warned_of_in_its_last_week(time, said, caplog):
    text = token.warn(lasting(**time), NOW)
    assert said in text
    assert bool(said) == bool(text) == bool(caplog.records)


def test_expired_token_is_not_sent(head, monkeypatch):
    monkeypatch.setenv("splunk_access_token", jwt({"exp": 1_700_000_000}))
    with pytest.raises(SplunkError, match="expired on 2023-11-14 22:13 UTC; make a new one"):
        search.search("x")
    assert head.requests == []


@given(st.text())
def test_any_text_is_read(text):
    token.expiry(text)
    token.expiry(f"a.{text}.c")
