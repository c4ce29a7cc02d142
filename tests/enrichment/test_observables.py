import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.enrichment.observables import (
    KINDS,
    Internal,
    Observable,
    detect,
    for_sending,
    internal,
    may_leave,
)

MD5 = "0123456789abcdef0123456789abcdef"
SHA1 = MD5 + "01234567"
SHA256 = MD5 * 2
NOBODY = Internal()


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("192.0.2.7", "ipv4", "192.0.2.7"),
        (" 192.0.2[.]7 ", "ipv4", "192.0.2.7"),
        ("192.0.2.7:8443", "ipv4", "192.0.2.7"),
        ("2001:DB8:0:0::7", "ipv6", "2001:db8::7"),
        ("[2001:db8::7]:443", "ipv6", "2001:db8::7"),
        ("::ffff:192.0.2.7", "ipv4", "192.0.2.7"),
        ("[::FFFF:c000:207]:443", "ipv4", "192.0.2.7"),
        ("WWW.Example.COM.", "domain", "www.example.com"),
        ("bücher.example.org", "domain", "xn--bcher-kva.example.org"),
        ("hxxps://c2[.]example[.]net/a?b=1", "url", "https://c2.example.net/a?b=1"),
        ("http://3221225985/x", "url", "http://192.0.2.1/x"),
        ("Jane.Doe@Example.org", "email", "Jane.Doe@example.org"),
        (MD5.upper(), "md5", MD5),
        (SHA1, "sha1", SHA1),
        (SHA256, "sha256", SHA256),
    ],
)
def test_detect_names_the_kind_and_the_canonical_value(text: str, kind: str, value: str) -> None:
    assert detect(text) == Observable(kind, value)


@pytest.mark.parametrize(
    "text",
    ["", " ", "-", "N/A", "svchost.exe", "192.0.2.300", "192.0.2.0/24", "see 192.0.2.1 there", "a@b",
     "Invoke-Mimikatz", "x" * 10_000, MD5[:-1], MD5[:-1] + "g", "co.uk", "dc01", "://", "http://",
     "192.0.2.7:", "two words.example.com", "@example.com"],
)  # fmt: skip
def test_detect_takes_nothing_else(text: str) -> None:
    assert detect(text) is None


@given(st.text(max_size=60))
def test_detect_gives_values_that_it_detects_as_themselves(text: str) -> None:
    found = detect(text)
    assert found is None or (found.kind in KINDS and detect(found.value) == found)


@pytest.mark.parametrize(
    "observable",
    [
        Observable("ipv4", "9.9.9.9"),
        Observable("ipv6", "2620:fe::fe"),
        Observable("domain", "contoso.com"),
        Observable("url", "https://9.9.9.9:8443/a"),
        Observable("url", "http://user:secret@www.contoso.com/a"),
        Observable("email", "jane@contoso.com"),
        Observable("md5", MD5),
        Observable("sha1", SHA1),
        Observable("sha256", SHA256),
    ],
)
def test_may_leave_public_values_and_hashes(observable: Observable) -> None:
    assert may_leave(observable, NOBODY)


@pytest.mark.parametrize(
    "address",
    ["10.1.2.3", "172.16.0.1", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1",
     "0.0.0.0", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "224.0.0.251",
     "239.255.255.250", "240.0.0.1", "255.255.255.255"],
)  # fmt: skip
def test_may_leave_no_ipv4_address_that_is_not_public(address: str) -> None:
    assert not may_leave(Observable("ipv4", address), NOBODY)
    assert not may_leave(Observable("url", f"http://{address}:8080/x"), NOBODY)


@pytest.mark.parametrize(
    "address",
    ["::", "::1", "fe80::1", "fc00::1", "fec0::1", "ff02::fb", "2001:db8::1", "3fff::1",
     "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "2002:a01:203::1",
     "2001:0:4136:e378:8000:63bf:f5fe:fdfc"],
)  # fmt: skip
def test_may_leave_no_ipv6_address_that_is_not_public_or_tells_one(address: str) -> None:
    assert not may_leave(Observable("ipv6", address), NOBODY)
    assert not may_leave(Observable("url", f"http://[{address}]/x"), NOBODY)


@pytest.mark.parametrize(
    "name",
    ["example.com", "c2.example.org", "dc01.corp.local", "host.internal", "printer.lan", "x.test",
     "localhost", "intranet", "4.3.2.10.in-addr.arpa", "nas.home.arpa"],
)  # fmt: skip
def test_may_leave_no_name_that_is_not_public(name: str) -> None:
    assert not may_leave(Observable("domain", name), NOBODY)
    assert not may_leave(Observable("url", f"https://{name}/x"), NOBODY)
    assert not may_leave(Observable("email", f"jane@{name}"), NOBODY)


@pytest.mark.parametrize(
    "observable",
    [
        Observable("ipv4", "9.9.9.9"),
        Observable("ipv6", "2620:fe::fe"),
        Observable("ipv6", "::ffff:9.9.9.9"),
        Observable("domain", "contoso.com"),
        Observable("domain", "vpn.eu.contoso.com"),
        Observable("url", "https://9.9.9.10/x"),
        Observable("url", "https://fabrikam.com@contoso.com/x"),
        Observable("email", "jane@contoso.com"),
    ],
)
def test_may_leave_nothing_internal(observable: Observable) -> None:
    own = internal("9.9.9.0/24, 2620:fe::/48 *.contoso.com")
    assert not may_leave(observable, own)
    assert may_leave(Observable("domain", "notcontoso.com"), own)


@pytest.mark.parametrize("text", ["10.0.0.0/33", "contoso..com", "10.0.0", "-"])
def test_internal_refuses_what_it_cannot_read(text: str) -> None:
    with pytest.raises(ValueError, match="is no network, address or domain"):
        internal(f"9.9.9.0/24,{text}")


@pytest.mark.parametrize(
    ("url", "plain", "with_query"),
    [
        (
            "https://u:p@contoso.com:8443/a;b?c=d#e",
            "https://contoso.com:8443/a;b",
            "https://contoso.com:8443/a;b?c=d",
        ),
        ("http://contoso.com?x=@y", "http://contoso.com", "http://contoso.com?x=@y"),
        ("http://a@b@contoso.com", "http://contoso.com", "http://contoso.com"),
        ("https://[2620:fe::fe]/a#b?c", "https://[2620:fe::fe]/a", "https://[2620:fe::fe]/a"),
    ],
)
def test_for_sending_strips_what_may_be_secret(url: str, plain: str, with_query: str) -> None:
    observable = Observable("url", url)
    assert for_sending(observable, query=False) == Observable("url", plain)
    assert for_sending(observable, query=True) == Observable("url", with_query)


def test_for_sending_leaves_other_kinds_alone() -> None:
    assert for_sending(Observable("sha256", SHA256), query=False) == Observable("sha256", SHA256)
