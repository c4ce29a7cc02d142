import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.enrichment.feed_formats.values import Indicator, host_of, indicator, url


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("198.51.100.7", Indicator("address", "198.51.100.7")),
        ("198.51.100.007:8443", Indicator("address", "198.51.100.7", "8443")),
        ("198.51.100.7/32", Indicator("address", "198.51.100.7")),
        ("198.51.100.7/24", Indicator("network", "198.51.100.0/24")),
        ("2001:DB8:0::1", Indicator("address", "2001:db8::1")),
        ("[2001:db8::1]:443", Indicator("address", "2001:db8::1", "443")),
        ("::ffff:198.51.100.7", Indicator("address", "198.51.100.7")),
        ("2001:db8::/32", Indicator("network", "2001:db8::/32")),
        ("Evil.Example.COM.", Indicator("domain", "evil.example.com")),
        ("*.evil.example.com", Indicator("domain", "evil.example.com")),
        ("evil[.]example[.]com:8080", Indicator("domain", "evil.example.com", "8080")),
        ("bücher.example.com", Indicator("domain", "xn--bcher-kva.example.com")),
        ("hxxps://Evil[.]example.com", Indicator("url", "https://evil.example.com/")),
        ("http://u:p@evil.example.com:80/A?b=C#d", Indicator("url", "http://evil.example.com/A?b=C")),
        ("http://3325256711/x", Indicator("url", "http://198.51.100.7/x")),
        ("https://[2001:DB8::1]:443?q", Indicator("url", "https://[2001:db8::1]/?q")),
        ("evil.example.com/gate.php", Indicator("url", "//evil.example.com/gate.php")),
        ("Phisher@Example.org", Indicator("email", "phisher@example.org")),
        ("D41D8CD98F00B204E9800998ECF8427E", Indicator("hash", "d41d8cd98f00b204e9800998ecf8427e")),
        ("a" * 40, Indicator("hash", "a" * 40)),
        ("a" * 64, Indicator("hash", "a" * 64)),
    ],
)  # fmt: skip
def test_indicator_is_canonical(text: str, expected: Indicator) -> None:
    assert indicator(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "com", "co.uk", "0.0.0.0/0", "::/0", "999.1.1.1", "a" * 63, "<html>", "readme.txt",
     "http://", "http://a b/", "http://example.com:x/", "x" * 10_000],
)  # fmt: skip
def test_indicator_is_none_for_what_cannot_be_looked_up(text: str) -> None:
    assert indicator(text) is None


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("http://evil.example.com:8080/a", "evil.example.com"),
        ("http://[2001:db8::1]:8080/a", "2001:db8::1"),
        ("evil.example.com/a", "evil.example.com"),
    ],
)
def test_host_of_a_url(text: str, host: str) -> None:
    found = indicator(text)
    assert found is not None
    assert host_of(found.value) == host


@given(st.text(max_size=60))
def test_indicator_takes_any_text_and_is_stable(text: str) -> None:
    found = indicator(text)
    if found and not found.value.startswith("//"):
        assert indicator(found.value) == Indicator(found.kind, found.value)


@given(st.text(max_size=60))
def test_url_takes_any_text_and_is_stable(text: str) -> None:
    found = url(f"http://example.com/{text}")
    assert found is not None
    assert url(found) == found
