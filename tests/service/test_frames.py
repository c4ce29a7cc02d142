"""CSV in and out, compared with what pandas does by default."""

import io
import json
import math
import re
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pandas.errors import DtypeWarning, EmptyDataError, ParserError

from app import blank_lines, body, frames
from app.body import Body

FIELD = st.one_of(
    st.sampled_from(["", "NaN", "NA", "null", "True", "FALSE", "0", "-1", "1.5", "1e400", "inf"]),
    st.sampled_from(
        ["007", " 1 ", "1\x002", "18446744073709551615", "9" * 40, "0.12345678901234567"]
    ),
    st.sampled_from(
        ["a,b", 'say ""hi""', "two\nlines", "cr\rhere", "é€😀", "\ufeff", '"', "#x", "\\N"]
    ),
    st.text(st.sampled_from('a1.,"\n\r\\ é😀-e'), max_size=8),
    st.floats().map(repr),
    st.integers().map(str),
)


@st.composite
def csv_texts(draw: st.DrawFn) -> str:
    """CSV as programs write it, and as they should not: quotes anywhere, ragged lines, blanks."""
    width = draw(st.integers(1, 4))
    quoted = draw(st.booleans())

    def line(fields: list[str]) -> str:
        return ",".join(f'"{field.replace(chr(34), chr(34) * 2)}"' for field in fields)

    rows = draw(st.lists(st.lists(FIELD, min_size=width, max_size=width), max_size=6))
    if draw(st.booleans()):
        rows.append(draw(st.lists(FIELD, max_size=5)))
    lines = [line(row) if quoted else ",".join(row) for row in rows]
    end = draw(st.sampled_from(["\n", "\r\n"]))
    bom = draw(st.sampled_from(["", "\ufeff"]))
    return bom + end.join(lines) + draw(st.sampled_from(["", end]))


def _outcome(read: Any) -> Any:
    """The frame, or the error's type and text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DtypeWarning)
        try:
            return read()
        except (ValueError, ParserError, OverflowError) as error:
            return type(error), str(error)


def _read(text: str, size: int = 100) -> pd.DataFrame:
    content = json.dumps({"data": text, "meta": {}}).encode()
    return frames.read(Body(content[i : i + size] for i in range(0, len(content), size)))


def _assert_same(ours: Any, pandas: Any) -> None:
    if isinstance(pandas, pd.DataFrame):
        assert isinstance(ours, pd.DataFrame), ours
        pd.testing.assert_frame_equal(ours, pandas, check_exact=True)
        for place in range(pandas.shape[1]):
            types = [list(map(type, frame.iloc[:, place])) for frame in (ours, pandas)]
            assert types[0] == types[1]
    else:
        assert ours == pandas


@given(text=csv_texts(), piece=st.sampled_from([1, 7, 1 << 18]))
def test_read_gives_what_pandas_gives(text: str, piece: int) -> None:
    assume(not re.search(r"^[ \t]+$", text.replace("\r\n", "\n"), re.MULTILINE))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(body, "PIECE", piece)
        ours = _outcome(lambda: _read(text))
    _assert_same(
        ours, _outcome(lambda: pd.read_csv(io.StringIO(text), float_precision="round_trip"))
    )


@pytest.mark.parametrize(
    "text",
    [
        "a\n\n1\n\n\n2\n",
        "a,b\n",
        "a",
        "a,a,a\n1,2,3\n",
        ",\n1,2\n",
        "a\n1,2\n3,4\n",
        "a,b\n1,2\n3,4,5\n",
        'a,b\n"1,2\n',
        "a,b\r1,2\r3,4",
        "\ufeffa,b\n1,2\n",
        "a\n" + "\n".join(map(str, range(300_000))) + "\nx\n",
        "a,b\n" + "1,2\n" * 150_000 + "x,y\n" + "1,2\n" * 150_000,
        "a,b\n" + "é😀" * 200_000 + ",1\n",
    ],
    ids=lambda text: repr(text[:20]),
)
def test_read_gives_what_pandas_gives_for(text: str) -> None:
    _assert_same(_outcome(lambda: _read(text, 1 << 18)), _outcome(lambda: _pandas(text)))


def _pandas(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), float_precision="round_trip")


BLANKS = st.text(st.sampled_from(' \t"\n,a\r'), max_size=5)


@given(values=st.lists(BLANKS, max_size=9), piece=st.sampled_from([1, 2, 5, 1 << 18]))
def test_read_gives_a_row_for_each_value_of_one_column(values: list[str], piece: int) -> None:
    """pandas alone gives none for blanks: all answers behind would stand beside the wrong event."""
    quoted = (f'"{value.replace(chr(34), chr(34) * 2)}"' for value in values)
    cells = (value if value and not value.strip(" \t") else cell
             for value, cell in zip(values, quoted, strict=True))  # fmt: skip
    written = "".join(f"{cell}\n" for cell in ["x", *cells])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blank_lines, "_PIECE", piece)
        read = frames.read(io.BytesIO(written.encode()))
    assert len(read) == len(values)
    assert [value for value in read["x"] if isinstance(value, str) and not value.strip(" \t")] == [
        value for value in values if value and not value.strip(" \t")
    ]


def test_read_gives_a_row_for_blanks_without_quotes() -> None:
    assert frames.read(io.BytesIO(b"x\na\n  \n\t\r\nb\n"))["x"].tolist() == ["a", "  ", "\t", "b"]


def test_read_of_nothing_raises_what_pandas_raises() -> None:
    with pytest.raises(EmptyDataError, match="No columns to parse from file"):
        _read("")


def test_read_replaces_half_a_surrogate_pair() -> None:
    assert _read("a\nx\ud83d\n")["a"].tolist() == ["x\ufffd"]


VALUE = st.one_of(
    st.text(st.sampled_from('a,"\n é😀\ud83d;'), max_size=6),
    st.none(),
    st.just(math.nan),
    st.just(pd.NaT),
    st.just(pd.NA),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.binary(max_size=3),
    st.lists(st.integers(), max_size=2),
    st.just(pd.Timestamp("2023-05-01 10:00")),
)
COLUMN = st.one_of(
    st.lists(VALUE, min_size=3, max_size=3).map(lambda v: pd.Series(v, dtype=object)),
    st.lists(st.floats(), min_size=3, max_size=3).map(pd.Series),
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=3, max_size=3).map(pd.Series),
    st.lists(st.booleans(), min_size=3, max_size=3).map(pd.Series),
    st.sampled_from(
        [
            pd.Series([0.1, np.nan, 1e20], dtype="float32"),
            pd.Series([1, 2, 3], dtype="uint8"),
            pd.Series([1, None, 3], dtype="Int64"),
            pd.Series([True, None, False], dtype="boolean"),
            pd.Series(["a,b", None, "c"], dtype="string"),
            pd.Series(["a,b", "c", "a,b"], dtype="category"),
            pd.Series(pd.to_datetime(["2023-05-01", "2023-05-02", None])),
            pd.Series(pd.to_datetime(["2023-05-01 10:00", None, None], utc=True)),
            pd.Series(pd.to_timedelta([1, 2, 3], unit="h")),
            pd.Series([1 + 2j, 0, 3]),
        ]
    ),
)


@given(
    columns=st.lists(COLUMN, min_size=1, max_size=3),
    names=st.lists(st.sampled_from(["a", 'b"', "c,d", "", "e\nf", 5]), min_size=3, max_size=3),
    rows=st.integers(0, 3),
)
def test_write_gives_what_pandas_gives(
    columns: list[pd.Series], names: list[Any], rows: int
) -> None:
    frame = pd.concat(columns, axis=1).head(rows)
    frame.columns = names[: len(columns)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "_ROWS", 2)
        assert frames.write(frame).decode("utf-8", "surrogatepass") == frame.to_csv(index=False)


SPECIAL_FRAMES = [
    pd.DataFrame(),
    pd.DataFrame(index=range(3)),
    pd.DataFrame({"a": []}),
    pd.DataFrame({"a": ["", None, "x"]}),
    pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")])),
    pd.DataFrame({"a": pd.arrays.SparseArray([0, 0, 1])}),
    pd.DataFrame({"a": [0.1, 1e16, 1e-5, 123456789012345680.0, math.inf, -0.0]}),
    pd.DataFrame({"a": range(45_000), "b": "x"}),
]


@pytest.mark.parametrize("frame", SPECIAL_FRAMES, ids=lambda frame: str(frame.shape))
def test_write_gives_what_pandas_gives_for(frame: pd.DataFrame) -> None:
    assert frames.write(frame).decode() == frame.to_csv(index=False)


@pytest.mark.parametrize("cell", ["1e2147483649", "1e400999999999999999999999", "-1E+99999999999"])
def test_read_survives_an_exponent_beyond_all_floats(cell: str) -> None:
    frame = frames.read(io.BytesIO(f"a,b\n{cell},x\n1.5,y\n".encode()))
    assert list(frame["b"]) == ["x", "y"]


@pytest.mark.parametrize("other", [1, pd.Timestamp("2023-05-01")])
def test_write_keeps_a_carriage_return_within_its_field(other: Any) -> None:
    frame = pd.DataFrame({"a": ["x\ry", "\r", "z"], "b": [other] * 3})
    written = pd.read_csv(io.BytesIO(frames.write(frame)))
    assert list(written["a"]) == ["x\ry", "\r", "z"]


@given(text=st.text(st.sampled_from('a"\\\n\x00é€😀\ud83d'), max_size=40), piece=st.integers(4, 9))
def test_json_string_is_the_text(text: str, piece: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "_PIECE", piece)
        encoded = b"".join(frames.json_string(text.encode("utf-8", "surrogatepass")))
    assert json.loads(encoded) == text
