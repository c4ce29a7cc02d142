"""Reading a request body while it arrives, compared with Python's JSON parser."""

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import body
from app.body import Body, BodyError

TEXT = st.text(
    st.one_of(st.sampled_from('a,"\\\n\r\t/0uf{}:é€😀\ud83d\udc00\x7f'), st.characters()),
    max_size=60,
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=6,
)


def _chunks(content: bytes, size: int) -> list[bytes]:
    return [content[start : start + size] for start in range(0, len(content), size)]


def _read(content: bytes, size: int = 1 << 18) -> tuple[str, Any]:
    reader = Body(_chunks(content, size))
    return b"".join(reader).decode(), reader.meta()


def _whole(text: str) -> str:
    """The text as it can be written in UTF-8."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@given(
    data=TEXT,
    meta=st.dictionaries(TEXT, JSON, max_size=3),
    more=st.dictionaries(TEXT, JSON, max_size=2),
    order=st.randoms(use_true_random=False),
    ascii_only=st.booleans(),
    indent=st.sampled_from([None, 2]),
    piece=st.integers(1, 80),
    chunk=st.integers(1, 50),
)
def test_body_is_what_python_parses(
    data: str,
    meta: dict[str, Any],
    more: dict[str, Any],
    order: random.Random,
    ascii_only: bool,
    indent: int | None,
    piece: int,
    chunk: int,
) -> None:
    items = [*{**more, "data": data, "meta": meta}.items()]
    order.shuffle(items)
    text = json.dumps(dict(items), ensure_ascii=ascii_only, indent=indent)
    try:
        content = text.encode()
    except UnicodeEncodeError:  # half a surrogate pair can only be sent as an escape
        content = json.dumps(dict(items), indent=indent).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(body, "PIECE", piece)
        assert _read(content, chunk) == (_whole(data), meta)


@pytest.mark.parametrize("piece", [16, 1 << 18])
@pytest.mark.parametrize(
    "data",
    [
        "",
        "a\n1\n",
        "\ufeffa,b\r\n1,2\r\n",
        'a\n"say ""hi"", then\nleave"\n',
        "path\nC:\\dir\\\nC:\\new\\\n",
        "\\" * 1000,
        '"' * 1000,
        "\n" * 1000,
        "😀" * 500,
        "0123456789abcdef" * 200,
        '","meta":{"options":1},"x":"',
    ],
)
def test_body_text_survives_any_cut(data: str, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "PIECE", piece)
    for ascii_only in (True, False):
        content = json.dumps({"data": data, "meta": {"k": 1}}, ensure_ascii=ascii_only).encode()
        assert _read(content, 7) == (data, {"k": 1})


@pytest.mark.parametrize(
    "meta",
    [
        {"data": "inner"},
        {"options": {"params": {"data": "a\nb", "x": '"data": "'}}},
        {"list": [{"data": "x"}] * 20},
        {"long": "x" * 5000},
    ],
)
@pytest.mark.parametrize("data_first", [True, False])
def test_body_finds_the_top_level_data(
    meta: dict[str, Any], data_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "PIECE", 64)
    items = [("data", "a\n1\n"), ("meta", meta)]
    content = json.dumps(dict(items if data_first else items[::-1])).encode()
    assert _read(content, 10) == ("a\n1\n", meta)


def test_body_reads_like_a_file() -> None:
    reader = Body([b'{"data": "abcdefgh", "meta": {}}'])
    assert [reader.read(3), reader.read(0), reader.read(4), reader.read(), reader.read()] == [
        b"abc",
        b"",
        b"defg",
        b"h",
        b"",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Expecting value: line 1 column 1 (char 0)"),
        (b"[1]", "the body is an array, not an object"),
        (b"{}", "data is missing, not a string"),
        (b'{"data": 5, "meta": {}}', "data is 5, not a string"),
        (b'{"data": ["a"], "meta": {}}', "data is an array, not a string"),
        (b'{"data": "a"}', "meta is missing, not an object"),
        (b'{"data": "a", "meta": "b"}', "meta is a string, not an object"),
        (b'{"data": "a', "the text of data has no end"),
        (b'{"data": "a", "meta": {}', "Expecting ',' delimiter"),
        (b'{"data": "a", "meta": {}} x', "Extra data"),
        (b'{"data": "a", "data": "b", "meta": {}}', "there are two keys named data"),
        (b'{"data": "a", "meta": {}, "data": null}', "there are two keys named data"),
        (b'{"data": "a\\q", "meta": {}}', "in the text of data: Invalid \\escape"),
        (b'{"data": "a\n", "meta": {}}', "in the text of data: Invalid control character"),
        (b'{"data": "a\xff", "meta": {}}', "in the text of data: 'utf-8' codec can't decode"),
        (b"[" * 100_000, "maximum recursion depth exceeded"),
    ],
)
def test_body_error_says_what_is_wrong(content: bytes, message: str) -> None:
    with pytest.raises(BodyError) as error:
        _read(content)
    assert str(error.value).startswith(message)


def test_body_with_many_keys_named_data_takes_linear_time() -> None:
    inner = {"list": [{"data": "x"}] * 20_000}
    assert _read(json.dumps({"meta": inner, "data": "a"}).encode()) == ("a", inner)
