import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.hunting import hosts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.000.002.001", "192.0.2.1"),
        ("192.0.2.256", None),
        ("192.0.2", None),
        ("1.2.3.4.5", None),
        ("\u0661.2.3.4", None),
        ("", None),
    ],
)
def test_ipv4(text: str, expected: str | None) -> None:
    assert hosts.ipv4(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3221225985", "192.0.2.1"),
        ("0xC0000201", "192.0.2.1"),
        ("030000001001", "192.0.2.1"),
        ("0xc0.0.2.1", "192.0.2.1"),
        ("0300.0.2.1", "192.0.2.1"),
        ("0xc0.513", "192.0.2.1"),
        ("192.513", None),
        ("45.77", None),
        ("192.0.2", None),
        ("4", None),
        ("192.0.2.1", "192.0.2.1"),
        ("4294967296", None),
        ("256.0.0.1", None),
        ("089.0.0.1", None),
        ("example.com", None),
        ("1.2.3.4.5", None),
        ("", None),
    ],
)
def test_numeric_ipv4(text: str, expected: str | None) -> None:
    assert hosts.numeric_ipv4(text) == expected


@given(st.integers(2**24, 2**32 - 1))
def test_numeric_ipv4_every_spelling_is_the_same_address(value: int) -> None:
    address = str(ipaddress.IPv4Address(value))
    octal = ".".join(f"0{int(part):o}" for part in address.split("."))
    assert {hosts.numeric_ipv4(text) for text in (str(value), hex(value), address, octal)} == {
        address
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("2001:db8::1%eth0", "2001:db8::1"),
        ("12:34:56", None),
        ("2001:db8::1::2", None),
    ],
)
def test_ipv6(text: str, expected: str | None) -> None:
    assert hosts.ipv6(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Example.COM", "example.com"),
        ("a.b.example.co.uk.", "a.b.example.co.uk"),
        ("_dmarc.example.org", "_dmarc.example.org"),
        ("bücher.example.de", "xn--bcher-kva.example.de"),
        ("co.uk", None),
        ("com", None),
        ("host.invalidtld", None),
        ("-a.example.com", None),
        ("a..example.com", None),
        ("a" * 64 + ".com", None),
        ("192.0.2.1", None),
    ],
)
def test_domain(text: str, expected: str | None) -> None:
    assert hosts.domain(text) == expected


@given(st.text(max_size=300))
def test_any_text_is_judged_without_an_error(text: str) -> None:
    for judge in (hosts.ipv4, hosts.ipv6, hosts.numeric_ipv4, hosts.domain, hosts.host_name):
        assert judge(text) is None or isinstance(judge(text), str)
