import base64
import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.hunting import encodings
from app.hunting.encodings import Bytes, Text

SCRIPT = "Write-Output 'hello, world'; Get-Date\r\n"


@pytest.mark.parametrize(
    ("text", "data", "complete"),
    [
        (b"aGVsbG8=", b"hello", True),
        (b"aGVsbG8", b"hello", True),
        (b"aGVsbG8====", b"hello", True),
        (b"aGVs\r\n bG8=", b"hello", True),
        (b"aGVsbG8hI", b"hello!", False),
        (b"aGVs-G8h", b"hel", False),
        (b"", b"", True),
        (b"=", b"", True),
        (b"!", b"", False),
    ],
)
def test_base64_goes_as_far_as_it_can(text: bytes, data: bytes, complete: bool) -> None:
    decoded = encodings.from_base64(text)
    assert (decoded.data, not decoded.problem) == (data, complete)


@given(st.binary())
def test_base64_comes_back(data: bytes) -> None:
    assert encodings.from_base64(base64.b64encode(data)) == Bytes(data)


@given(st.binary(max_size=200))
def test_base64_takes_any_bytes(data: bytes) -> None:
    assert len(encodings.from_base64(data).data) <= len(data)


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        (SCRIPT.encode("utf-16-le"), "utf-16-le"),
        (SCRIPT.encode("utf-16-be"), "utf-16-be"),
        (b"\xff\xfe" + SCRIPT.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + SCRIPT.encode("utf-16-be"), "utf-16-be"),
        (b"\xef\xbb\xbf" + SCRIPT.encode(), "utf-8"),
        (SCRIPT.encode(), "ascii"),
    ],
)
def test_text_in_each_character_set(data: bytes, charset: str) -> None:
    assert encodings.to_text(data) == Text(SCRIPT, charset)


@pytest.mark.parametrize("script", ["$x = 'größer'; iex $x", "$имя = 'Привет'; Write-Host $имя"])
def test_text_beyond_ascii(script: str) -> None:
    assert encodings.to_text(script.encode("utf-16-le")) == Text(script, "utf-16-le")
    assert encodings.to_text(script.encode()) == Text(script, "utf-8")


def test_text_loses_its_null_bytes() -> None:
    assert encodings.to_text(b"dir\x00 C:\\ ; echo done") == Text("dir C:\\ ; echo done", "ascii")


def test_text_cut_off_within_a_character() -> None:
    cut = encodings.to_text(SCRIPT.strip().encode("utf-16-le")[:-1])
    assert cut is not None
    assert (cut.text, bool(cut.problem)) == (SCRIPT.strip(), True)


@pytest.mark.parametrize("data", [b"", bytes(range(256)), b"\xfc\xe8\x82\x00\x00\x00\x60\x89\xe5"])
def test_text_is_not_made_of_bytes(data: bytes) -> None:
    assert encodings.to_text(data) is None


@given(st.binary(max_size=5000))
def test_text_and_binary_take_any_bytes(data: bytes) -> None:
    text = encodings.to_text(data)
    assert text is None or "\x00" not in text.text
    assert "\x00" not in encodings.as_binary(data).text


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("gzip", gzip.compress(SCRIPT.encode(), mtime=0)),
        ("zlib", zlib.compress(SCRIPT.encode())),
        ("zlib", zlib.compress(SCRIPT.encode(), 9)),
    ],
)
def test_decompress(name: str, data: bytes) -> None:
    assert encodings.decompress(data, 1000) == (name, Bytes(SCRIPT.encode()))


def test_decompress_raw_deflate_only_when_asked() -> None:
    data = zlib.compress(SCRIPT.encode(), wbits=-15)
    assert encodings.decompress(data, 1000) is None
    assert encodings.decompress(data, 1000, raw=True) == ("deflate", Bytes(SCRIPT.encode()))


def test_decompress_cut_off_gives_what_is_there() -> None:
    text = "".join(f"line {number}\n" for number in range(500)).encode()
    result = encodings.decompress(gzip.compress(text, mtime=0)[:-200], 10_000)
    assert result is not None
    assert text.startswith(result[1].data)
    assert len(result[1].data) > 1000
    assert "cut off" in result[1].problem


def test_decompress_damaged_gives_what_came_before() -> None:
    text = "".join(f"line {number}\n" for number in range(2000)).encode()
    packed = bytearray(gzip.compress(text, mtime=0))
    packed[len(packed) // 2 : len(packed) // 2 + 64] = b"\xff" * 64
    result = encodings.decompress(bytes(packed), 100_000)
    assert result is not None
    assert result[1].data[:1000] == text[:1000]
    assert result[1].problem


def test_decompression_bomb_stops_at_its_limit_and_says_so() -> None:
    result = encodings.decompress(gzip.compress(b"a" * 10_000_000, mtime=0), 4096)
    assert result == ("gzip", Bytes(b"a" * 4096, "gzip stopped at its limit of 4096 bytes"))


@given(st.binary(max_size=300), st.booleans())
def test_decompress_takes_any_bytes(data: bytes, raw: bool) -> None:
    for head in (b"", b"\x1f\x8b\x08", b"\x78\x9c"):
        result = encodings.decompress(head + data, 1000, raw)
        assert result is None or 0 < len(result[1].data) <= 1000


@pytest.mark.parametrize(
    "text",
    [
        "\u3241\u3331" * 700 + "; Get-Date",
        "\u4e2d\u6587" * 300 + "Get-Date;" * 99,
        "Привет, как дела",
    ],
)
def test_utf16_that_begins_like_something_else(text: str) -> None:
    assert encodings.to_text(text.encode("utf-16-le")) == (text, "utf-16-le", "")


def test_text_beginning_with_a_character_whose_low_byte_is_null_is_utf16() -> None:
    assert encodings.to_text("\u4e00 a".encode("utf-16-le")) == Text("\u4e00 a", "utf-16-le")
