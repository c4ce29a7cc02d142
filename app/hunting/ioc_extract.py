"""IoCs of any text columns: one row for each that goes in, in order."""

from collections.abc import Sequence

import pandas as pd

from app.hunting.iocs import KINDS, extract

COLUMNS = tuple(f"ioc_{kind}" for kind in KINDS)


def ioc_extract(frame: pd.DataFrame, fields: Sequence[str], delim: str = "|") -> pd.DataFrame:
    """The IoCs in all given fields of a row together, several of a kind joined by `delim`.

    The result has `frame`'s index and COLUMNS. Raises KeyError for a field that is not there.
    """
    texts = list(frame[list(fields)].fillna("").astype(str).itertuples(index=False, name=None))
    cells = {row: _cells(row, delim) for row in dict.fromkeys(texts)}
    rows = [cells[row] for row in texts]
    return pd.DataFrame(rows, columns=list(COLUMNS), index=frame.index, dtype=object)


def _cells(texts: tuple[str, ...], delim: str) -> tuple[str, ...]:
    found = extract(*texts)
    return tuple(delim.join(found[kind]) for kind in KINDS)
