import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.hunting.shellcode import find
from tests.hunting.shellcode import assemble, encode

CODE = assemble.reverse_tcp("192.0.2.7", 4444)
ENCODED = encode.shikata_ga_nai(CODE, 0x11223344)


def blobs_in(text: str) -> list[bytes]:
    return find.find_blobs(text.encode()).blobs


def listed(code: bytes, pattern: str = "0x{:02x}", separator: str = ",") -> str:
    return separator.join(pattern.format(byte) for byte in code)


def b64(code: bytes) -> str:
    return base64.b64encode(code).decode()


@pytest.mark.parametrize("code", [CODE, ENCODED], ids=["plain", "encoded"])
@pytest.mark.parametrize(
    "script",
    [
        lambda code: f"[Byte[]]$z = {listed(code)};$g = 0x1000;if ($z.Length -gt 0x1000){{}}",
        lambda code: f"[byte[]] $x = {listed(code, separator=', ')}",
        lambda code: f"$x = @({listed(code, '{}')})",
        lambda code: f"$x = @( {listed(code, '{}', ' , ')} )",
        lambda code: f"$x={listed(code, '0x{:X}')}",
        lambda code: f"$x={listed(code, '0X{:02X}')}",
        lambda code: f"$x={listed(code, '{:03}')}",
        lambda code: f"$x={listed(code[:50])},{listed(code[50:], '{}')}",
        lambda code: "[Byte[]] $buf = " + listed(code).replace("0x89,", "0x89,\r\n"),
        lambda code: "$x = " + listed(code).replace(",", ",`\n"),
        lambda code: f"$x='{code.hex()}'",
        lambda code: f"$x='{code.hex().upper()}'",
        lambda code: f"$x='{code.hex(' ')}'",
        lambda code: f"$x='{code.hex('-').upper()}'",
        lambda code: f"$x='{code.hex(',')}'.split(',')",
        lambda code: 'unsigned char buf[] = "' + listed(code, "\\x{:02x}", "") + '";',
        lambda code: '"' + '"\n"'.join(listed(code[i : i + 14], "\\x{:02x}", "") for i in range(0, len(code), 14)) + '"',
        lambda code: f"[Convert]::FromBase64String('{b64(code)}')",
        lambda code: f'[System.Convert]::FrOmBaSe64StRiNg(("{b64(code).rstrip("=")}"))',
        lambda code: f"$a = '''{listed(code)}''' # quoted twice",
        lambda code: f"iex ('[byte[]]$a=' + '{listed(code[:40])},' + '{listed(code[40:])}')",
        lambda code: "\n".join(f"$b += {listed(code[i : i + 15])}" for i in range(0, len(code), 15)),
        lambda code: f"$a='{listed(code[:80])},'; $b='{listed(code[80:])}'; iex ($a + $b)",
        lambda code: f'$a="{listed(code[:80])},";\n\n$b="{listed(code[80:])}";iex "[byte[]]$a$b"',
    ],
)  # fmt: skip
def test_bytes_in_a_script(script: object, code: bytes) -> None:
    assert blobs_in(script(code)) == [code]  # type: ignore[operator]


def test_bare_base64_that_begins_as_code_does() -> None:
    x64 = assemble.x64_reverse_tcp("192.0.2.7", 4444)
    assert blobs_in(f"$a = '{b64(CODE)}'; $b = \"{b64(x64)}\"") == [CODE, x64]


def test_separate_lists_stay_apart() -> None:
    other = assemble.x64_reverse_tcp("192.0.2.7", 4444)
    script = f"if ([IntPtr]::Size -eq 4) {{ $c = {listed(CODE)} }} else {{ $c = {listed(other)} }}"
    assert blobs_in(script) == [CODE, other]


def test_lists_of_lists_stay_apart() -> None:
    assert blobs_in(f"@(({listed(CODE)}),({listed(ENCODED)}))") == [CODE, ENCODED]


def test_a_key_beside_the_code_stays_apart() -> None:
    key = bytes(range(1, 65))
    code = encode.xor(CODE, key)
    assert blobs_in(f"$key = {listed(key)}; $code = {listed(code)}") == [key, code]


def test_each_blob_once() -> None:
    assert blobs_in(f"$a = {listed(CODE)}; $b = {listed(CODE)}") == [CODE]


def test_numbers_that_are_no_bytes_end_a_list() -> None:
    assert blobs_in(f"$a = {listed(CODE)},0x100,0x1000,{listed(bytes(8))}") == [CODE]


@pytest.mark.parametrize(
    "script",
    [
        "",
        "Get-Date",
        "$x = 0x1000; $y = 1, 2, 3",
        "$k = (3,4,2,3,56,34,254,222,1,1,2,23,42,54,33,233,1,34,2,7,6,5,35,43)",
        "hash e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "powershell -enc " + b64("Write-Host 'nothing but text' ".encode("utf-16-le") * 20),
        "[Convert]::FromBase64String('" + b64(b"\x1f\x8b\x08" + bytes(200)) + "')",
        "1, 2, 300, 400, 5000, " * 30,
    ],
)
def test_no_bytes(script: str) -> None:
    assert blobs_in(script) == []


@given(st.binary(min_size=find.MIN_BYTES, max_size=300), st.text(max_size=40), st.text(max_size=40))
def test_a_list_is_found_between_any_texts(code: bytes, before: str, after: str) -> None:
    blobs = blobs_in(f"{before};[Byte[]] $z = {listed(code)};{after}")
    assert code in blobs


@given(st.text())
def test_any_text_is_searched(text: str) -> None:
    assert blobs_in(text) == []


def test_bounds_of_what_is_found() -> None:
    huge = random.Random(1).randbytes(find.MAX_BYTES + 100_000)
    assert blobs_in("$a = " + listed(huge)) == [huge[: find.MAX_BYTES]]
    many = ";".join(f"$a{n}=" + listed(random.Random(n).randbytes(64)) for n in range(100))
    assert len(blobs_in(many)) == find.MAX_BLOBS
