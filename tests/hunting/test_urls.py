"""Where URLs stand in a text."""

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from app.hunting import urls

# The same as one expression, whose automaton is slow.
SPAN = re2.compile(
    rb"(?i)(?:https?|s?ftps?|wss?|ldaps?|tftp|smb|ssh)://"
    rb"(?:[^\s\"'<>`|{}\\^\x{2018}-\x{201e}\x00-\x1f]|\^&)+"
)
PIECES = ["http", "HTTPS", "sftps", "x", "://", "/", ":", "^", "&", "^&", "'", " ", "\n", "\u2019", "\u00e9", "\u2022"]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("('http://example.com/a','HTTPS://example.org')",
         ["http://example.com/a", "HTTPS://example.org"]),
        ("xhttps://example.com", ["https://example.com"]),
        ("http://a.example/?u=ftp://b.example", ["http://a.example/?u=ftp://b.example"]),
        ("\u201chttp://example.com/\u00e9\u201d", ["http://example.com/\u00e9"]),
        ("start http://example.com/?a=1^&b=2 ^& x", ["http://example.com/?a=1^&b=2"]),
        ("http://", []),
        ("://example.com about://blank http:/x", []),
    ],
)  # fmt: skip
def test_spans_reach_from_the_scheme_to_what_is_no_url(text: str, found: list[str]) -> None:
    raw = text.encode()
    assert [raw[start:end].decode() for start, end in urls.spans(raw)] == found


@given(st.lists(st.sampled_from(PIECES) | st.characters(codec="utf-8")).map("".join))
def test_spans_are_those_of_the_expression(text: str) -> None:
    raw = text.encode()
    assert list(urls.spans(raw)) == [match.span() for match in SPAN.finditer(raw)]
