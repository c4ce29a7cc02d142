"""CSV text to DataFrame and back, exactly as pandas does it by default.

What a module sees is `pandas.read_csv(io.StringIO(text))`, with floats exact to their last digit,
and what a search gets is `result.to_csv(index=False)`; both take less time and memory than those
calls. In two things they differ, since every answer behind would stand beside the wrong event: a
bare CR in a result is always quoted, as Python 3.13 does, because readers take it for the end of a
row; and a value of blanks alone is a row, even where it is the only one in its line.
"""

import json
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
import pandas as pd
from pandas.errors import DtypeWarning

from app import blank_lines

_PIECE = 1 << 18
_ROWS = 20_000


def read(source: Any) -> pd.DataFrame:
    """The frame of a file-like object that gives CSV in UTF-8. Raises what pandas raises.

    An object that pandas does not know for a binary file goes to its parser, which reads UTF-8,
    without being decoded and encoded on the way: that takes two thirds of the time of StringIO.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DtypeWarning)  # a mixed column is the search's business
        # Of pandas' ways to read floats, only this one survives an exponent beyond 32 bits: a
        # single cell such as 1e2147483649 would end the process, and with it the whole search.
        whole: Any = blank_lines.quoted(source)
        frame: pd.DataFrame = pd.read_csv(whole, float_precision="round_trip")
        return frame


def write(frame: pd.DataFrame) -> bytes:
    """The frame as CSV in UTF-8, without the index. Raises what pandas raises."""
    if not len(frame.columns) or not all(map(_is_plain, frame.dtypes)):
        return _as_pandas_writes(frame)
    parts = [_utf8(frame.iloc[:0].to_csv(index=False))]
    for start in range(0, len(frame), _ROWS):
        rows = frame.iloc[start : start + _ROWS]
        columns = [_fields(rows.iloc[:, place].to_numpy()) for place in range(rows.shape[1])]
        if len(columns) == 1:  # a line of one empty field is quoted: it would be a blank line
            columns = [[field or '""' for field in columns[0]]]
        lines = map(",".join, zip(*columns, strict=True))
        parts.append(_utf8("\n".join(lines) + "\n"))
    return b"".join(parts)


def json_string(text: bytes) -> Iterator[bytes]:
    """UTF-8 text as a JSON string, made in pieces while it is sent."""
    yield b'"'
    start = 0
    while start < len(text):
        end = _character_start(text, start + _PIECE)
        yield _escaped(text[start:end])
        start = end
    yield b'"'


def _is_plain(dtype: Any) -> bool:
    """Whether a column's fields do not depend on each other (as those of dates do)."""
    return isinstance(dtype, np.dtype) and (dtype.kind in "biuO" or dtype == np.float64)


def _fields(values: np.ndarray[Any, Any]) -> list[str]:
    """A column's values as fields of a CSV file."""
    missing = pd.isna(values)
    if values.dtype.kind != "O":
        texts = map(repr if values.dtype.kind == "f" else str, values.tolist())
        return list(texts) if not missing.any() else list(np.where(missing, "", list(texts)))
    if missing.any():
        values = np.where(missing, "", values)
    return [_quoted(value if isinstance(value, str) else str(value)) for value in values]


_COMMA, _QUOTE, _LINE_FEED, _RETURN = ',"\n\r'


def _quoted(field: str) -> str:
    if _COMMA in field or _QUOTE in field or _LINE_FEED in field or _RETURN in field:
        return f'"{field.replace(_QUOTE, _QUOTE * 2)}"'
    return field


def _as_pandas_writes(frame: pd.DataFrame) -> bytes:
    """What to_csv gives; with CR LF at line ends if a field holds a CR, which is quoted then."""
    text = frame.to_csv(index=False)
    return _utf8(frame.to_csv(index=False, lineterminator="\r\n") if _RETURN in text else text)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _character_start(text: bytes, position: int) -> int:
    """The position, or the next one before it that does not split a character."""
    while position < len(text) and text[position] & 0xC0 == 0x80:
        position -= 1
    return position


def _escaped(piece: bytes) -> bytes:
    try:
        return orjson.dumps(piece.decode())[1:-1]
    except UnicodeDecodeError:  # half a surrogate pair: JSON has an escape for it
        return json.dumps(piece.decode("utf-8", "surrogatepass"))[1:-1].encode()
