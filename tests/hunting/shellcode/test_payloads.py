from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.hunting.shellcode.payloads import Payload, apis, kinds, read
from tests.hunting.shellcode import assemble

HOST, PORT, PATH = "192.0.2.7", 4444, "/AbCd-_12"
TCP = (f"tcp://{HOST}:{PORT}",)
AGENT = "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko"


def web(name: str, url: str, **rest: object) -> Payload:
    return Payload(name, (url,), (url,), **rest)


PAYLOADS = {
    "2009": (assemble.reverse_tcp(HOST, PORT, block="2009"), Payload("metasploit/reverse_tcp", TCP)),
    "2014": (assemble.reverse_tcp(HOST, PORT), Payload("metasploit/reverse_tcp", TCP)),
    "address first": (
        assemble.reverse_tcp(HOST, PORT, address_first=True),
        Payload("metasploit/reverse_tcp", TCP),
    ),
    "2020": (assemble.reverse_tcp(HOST, PORT, block="2020"), Payload("metasploit/reverse_tcp", TCP)),
    "2025": (
        assemble.reverse_tcp(HOST, PORT, block="2020", seed=0xC0FFEE01),
        Payload("metasploit/reverse_tcp", TCP),
    ),
    "x64": (assemble.x64_reverse_tcp(HOST, PORT), Payload("metasploit/x64/reverse_tcp", TCP)),
    "all ports": (
        assemble.reverse_tcp_allports(HOST, 1),
        Payload("metasploit/reverse_tcp_allports", (f"tcp://{HOST}:1",)),
    ),
    "rc4": (
        assemble.reverse_tcp_rc4(HOST, PORT, bytes(range(16))),
        Payload(
            "metasploit/reverse_tcp_rc4",
            TCP,
            notes=("RC4 key 000102030405060708090a0b0c0d0e0f",),
        ),
    ),
    "dns": (
        assemble.reverse_tcp_dns("C2.example.com", 8888),
        Payload("metasploit/reverse_tcp_dns", ("tcp://c2.example.com:8888",)),
    ),
    "ipv6": (
        assemble.reverse_ipv6_tcp("2001:db8::7", PORT),
        Payload("metasploit/reverse_ipv6_tcp", ("tcp://[2001:db8::7]:4444",)),
    ),
    "udp": (
        assemble.reverse_tcp(HOST, PORT, datagram=True),
        Payload("metasploit/reverse_udp", (f"udp://{HOST}:{PORT}",)),
    ),
    "nonx": (
        assemble.reverse_nonx_tcp(HOST, PORT),
        Payload("metasploit/reverse_nonx_tcp", TCP),
    ),
    "ord": (assemble.reverse_ord_tcp(HOST, PORT), Payload("metasploit/reverse_ord_tcp", TCP)),
    "shell": (
        assemble.shell_reverse_tcp(HOST, PORT),
        Payload("metasploit/shell_reverse_tcp", TCP, command="cmd"),
    ),
    "bind": (assemble.bind_tcp(8081), Payload("metasploit/bind_tcp", ("bind://0.0.0.0:8081",))),
    "bind x64": (
        assemble.x64_bind_tcp(8081),
        Payload("metasploit/x64/bind_tcp", ("bind://0.0.0.0:8081",)),
    ),
    "bind ipv6": (
        assemble.bind_tcp(8081, ipv6=True),
        Payload("metasploit/bind_tcp", ("bind://[::]:8081",)),
    ),
    "bind shell": (
        assemble.bind_tcp(888, shell=True),
        Payload("metasploit/shell_bind_tcp", ("bind://0.0.0.0:888",), command="cmd"),
    ),
    "http": (
        assemble.reverse_http("http", HOST, 80, PATH),
        web("metasploit/reverse_http", f"http://{HOST}:80{PATH}"),
    ),
    "https": (
        assemble.reverse_http("https", "c2.example.net", 443, PATH),
        web("metasploit/reverse_https", f"https://c2.example.net:443{PATH}"),
    ),
    "http by proxy": (
        assemble.reverse_http("https", HOST, 8443, PATH, proxy="http://198.51.100.1:3128", agent=AGENT),
        web(
            "metasploit/reverse_https",
            f"https://{HOST}:8443{PATH}",
            user_agent=AGENT,
            notes=("proxy http://198.51.100.1:3128",),
        ),
    ),
    "http ipv6": (
        assemble.reverse_http("http", "2001:db8::7", 80, PATH),
        web("metasploit/reverse_http", f"http://[2001:db8::7]:80{PATH}"),
    ),
    "http of 2009": (
        assemble.old_reverse_http("http", HOST, PORT, PATH),
        web("metasploit/reverse_http", f"http://{HOST}:{PORT}{PATH}"),
    ),
    "https of 2009": (
        assemble.old_reverse_http("https", HOST, 443, PATH),
        web("metasploit/reverse_https", f"https://{HOST}:443{PATH}"),
    ),
    "http x64": (
        assemble.x64_reverse_http("http", HOST, 8080, PATH),
        web("metasploit/x64/reverse_http", f"http://{HOST}:8080{PATH}"),
    ),
    "https x64": (
        assemble.x64_reverse_http("https", HOST, 8443, PATH),
        web("metasploit/x64/reverse_https", f"https://{HOST}:8443{PATH}"),
    ),
    "winhttp": (
        assemble.reverse_winhttp("http", HOST, 80, PATH),
        web("metasploit/reverse_winhttp", f"http://{HOST}:80{PATH}"),
    ),
    "winhttps": (
        assemble.reverse_winhttp("https", "c2.example.org", 8443, PATH),
        web("metasploit/reverse_winhttps", f"https://c2.example.org:8443{PATH}"),
    ),
    "download": (
        assemble.download_exec("http", "example.com", 80, "/a.exe", "b.exe"),
        web("metasploit/download_exec", "http://example.com:80/a.exe", notes=("text 'b.exe'",)),
    ),
    "download x64": (
        assemble.x64_download("http://example.com/a.jpg", "fox.jpg"),
        web(
            "metasploit/x64/download_exec", "http://example.com/a.jpg", command="cmd /c fox.jpg",
            notes=("text 'urlmon.dll'", "text 'fox.jpg'"),
        ),
    ),
    "exec": (
        assemble.execute("net user a b /add"),
        Payload("metasploit/exec", command="net user a b /add"),
    ),
    "exec x64": (
        assemble.x64_execute("calc.exe"),
        Payload("metasploit/x64/exec", command="calc.exe"),
    ),
    "message box": (assemble.messagebox(), Payload("metasploit/messagebox")),
    "nothing known": (assemble.start(), Payload("metasploit/unknown")),
    "cobalt strike http": (
        assemble.cobalt_strike_http(
            "https", HOST, 443, "/aBcD", f"Host: cdn.example.com\r\nUser-Agent: {AGENT}\r\n", 1234
        ),
        web(
            "cobalt_strike/reverse_https",
            f"https://{HOST}:443/aBcD",
            user_agent=AGENT,
            notes=("watermark 1234", "header Host: cdn.example.com"),
        ),
    ),
    "cobalt strike dns": (
        assemble.cobalt_strike_dns("aaa.stage.15914547.ns1.example.com"),
        Payload("cobalt_strike/reverse_dns_txt", ("dns://ns1.example.com",)),
    ),
    "cobalt strike pipe": (
        assemble.cobalt_strike_pipe("status_12"),
        Payload("cobalt_strike/bind_pipe", ("smb://./pipe/status_12",)),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), PAYLOADS.values(), ids=PAYLOADS)
def test_payload(code: bytes, expected: Payload) -> None:
    assert read(code) == expected


@pytest.mark.parametrize(("code", "expected"), PAYLOADS.values(), ids=PAYLOADS)
def test_payload_behind_other_instructions(code: bytes, expected: Payload) -> None:
    assert read(b"\x81\xc4\x54\xf2\xff\xff" + code) == expected


@given(
    st.ip_addresses(v=4).filter(int),
    st.integers(1, 65535),
    st.sampled_from(["2009", "2014", "2020", "x64"]),
)
def test_any_address_and_port(address: IPv4Address, port: int, block: str) -> None:
    code = (
        assemble.x64_reverse_tcp(str(address), port)
        if block == "x64"
        else assemble.reverse_tcp(str(address), port, block=block)
    )
    payload = read(code)
    assert payload is not None
    assert payload.c2 == (f"tcp://{address}:{port}",)


@given(st.ip_addresses(v=6), st.integers(1, 65535))
def test_any_ipv6_address(address: IPv6Address, port: int) -> None:
    payload = read(assemble.reverse_ipv6_tcp(str(address), port))
    assert payload is not None
    assert payload.c2 == (f"tcp://[{address}]:{port}",)


@given(
    st.sampled_from([assemble.reverse_http, assemble.old_reverse_http, assemble.x64_reverse_http,
                     assemble.reverse_winhttp]),
    st.sampled_from(["http", "https"]),
    st.from_regex(r"[a-z0-9]{1,20}(\.[a-z0-9]{1,20}){0,3}\.(com|net)", fullmatch=True),
    st.integers(1, 65535),
    st.from_regex(r"/[A-Za-z0-9_-]{1,250}", fullmatch=True),
)  # fmt: skip
def test_any_url(stager: object, scheme: str, host: str, port: int, path: str) -> None:
    payload = read(stager(scheme, host, port, path))  # type: ignore[operator]
    assert payload is not None
    assert payload.c2 == (f"{scheme}://{host}:{port}{path}",)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("LHOST=c2.example.com", "c2.example.com"),
        ("htts://c2.example.com", "c2.example.com"),
        ("http://c2.example.com:8080/x", "c2.example.com"),
        ("c2.example.com ", "c2.example.com"),
        ("C2.Example.COM", "c2.example.com"),
        ("192.0.2.7:4444", "192.0.2.7"),
    ],
)
def test_hosts_that_were_typed_wrong(host: str, expected: str) -> None:
    payload = read(assemble.reverse_http("https", host, 443, PATH))
    assert payload is not None
    assert payload.c2 == (f"https://{expected}:443{PATH}",)


@pytest.mark.parametrize("host", ["%LHOST%", "<host>", "a b", "-"])
def test_no_c2_of_a_host_that_is_none(host: str) -> None:
    payload = read(assemble.reverse_http("https", host, 443, PATH))
    assert payload is not None
    assert payload.c2 == ()
    assert payload.notes == (f"host {host!r} is none",)


@pytest.mark.parametrize(("host", "port"), [(HOST, 0), ("0.0.0.0", PORT)])
def test_no_c2_of_what_cannot_be_connected_to(host: str, port: int) -> None:
    payload = read(assemble.reverse_tcp(host, port))
    assert payload is not None
    assert payload.c2 == ()


@pytest.mark.parametrize("code", [b"", b"MZ" + bytes(500), bytes(range(256)), b"\xff\xd5" * 100])
def test_no_payload(code: bytes) -> None:
    assert read(code) is None


@given(st.sampled_from(sorted(PAYLOADS)), st.data())
def test_payload_that_is_cut_off_never_invents(name: str, data: st.DataObject) -> None:
    code, expected = PAYLOADS[name]
    payload = read(code[: data.draw(st.integers(0, len(code)))])
    assert payload is None or set(payload.c2) <= set(expected.c2)


def test_host_that_is_cut_off_is_noted() -> None:
    code = assemble.reverse_http("https", "c2.example.com", 443, PATH)
    payload = read(code[:-2])
    assert payload is not None
    assert (payload.c2, payload.notes) == ((), ("host 'c2.example.co' is cut off",))


@pytest.mark.parametrize(
    ("function", "value"),
    [
        ("LoadLibraryA", 0x0726774C),
        ("connect", 0x6174A599),
        ("bind", 0x6737DBC2),
        ("InternetOpenA", 0xA779563A),
        ("WinHttpOpen", 0xBB9D1F04),
        ("ExitProcess", 0x56A2B5F0),
    ],
)
def test_functions_by_their_published_hashes(function: str, value: int) -> None:
    assert apis.called(b"\x90\x68" + value.to_bytes(4, "little")) == {function: 2}


def test_every_kind_is_of_functions_that_are_known() -> None:
    known = {name for names in apis.names().values() for name in names}
    assert {name for entry in kinds.kinds() for name in entry.calls} <= known


@given(st.binary(max_size=400))
def test_any_bytes_behind_an_entry_are_read(code: bytes) -> None:
    assert read(assemble.start() + code) is not None
