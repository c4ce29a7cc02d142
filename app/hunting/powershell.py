"""The flagship: a column of command lines in, decoded layers, IoCs, C2 and family out."""

from collections.abc import Callable, Sequence
from operator import itemgetter

import pandas as pd

from app.hunting import baseline, models
from app.hunting.decode import Decoded, decode_all
from app.hunting.iocs import KINDS, Iocs

Enrich = Callable[[Sequence[Iocs]], Sequence[tuple[object, ...]]]
_values = itemgetter(*KINDS)
_NOT_ENRICHED = ("", "", "", "", "", "", "off", "")


def columns() -> tuple[str, ...]:
    """The names of the columns that annotate() adds to the input field, in order.

    Those of the baseline come after them.
    """
    names = [column.name for column in models.model("powershell_ioc").columns[1:]]
    return tuple(name for name in names if name not in baseline.COLUMNS)


def annotate(
    frame: pd.DataFrame,
    field: str,
    delim: str = "|",
    hidden: bool = True,
    enrich: Enrich | None = None,
) -> pd.DataFrame:
    """Decode the command lines in `field`: one row per row of `frame`, in order.

    The result has `frame`'s index, `field` as it came, and the columns of columns(). Several
    values in a cell are joined by `delim`. Missing values are empty command lines. hidden: see
    app.hunting.decode.decode. enrich: gives the values of the asn* and ti_* columns for the IoCs
    of distinct command lines (app.enrichment.columns.ioc_columns); without it they are empty.

    Raises ValueError if `frame` has no such field.
    """
    if field not in frame.columns:
        raise ValueError(f"there is no field {field!r}; the search has: {', '.join(frame.columns)}")
    values = frame.loc[:, field]
    values = values.iloc[:, 0] if isinstance(values, pd.DataFrame) else values
    texts = [_as_text(value) for value in values]
    cells: dict[str, tuple[object, ...]] = {}
    iocs: list[Iocs] = []
    for decoded in decode_all(dict.fromkeys(texts), hidden):
        if enrich:
            iocs.append(decoded.iocs)
        cells[decoded.command_line] = _cells(decoded, delim)
    if enrich:
        pairs = zip(cells.items(), enrich(iocs), strict=True)
        cells = {text: (*known[: -len(more)], *more) for (text, known), more in pairs}
    rows = [cells[text] for text in texts]
    result = pd.DataFrame(rows, columns=list(columns()), dtype=object)
    result.index = frame.index
    result.insert(0, field, values)
    return result


def with_baseline(
    annotated: pd.DataFrame,
    events: pd.DataFrame,
    field: str,
    known: baseline.Baseline | None,
    delim: str = "|",
) -> pd.DataFrame:
    """What annotate() made of the events, and how usual that is (empty if nothing is known)."""
    if known is None:
        return annotated.assign(**dict.fromkeys(baseline.COLUMNS, ""))
    seen = baseline.sightings(events, annotated, field, delim)
    usual = baseline.annotate(seen, known, len(annotated), delim)
    return annotated.assign(**{name: usual[name].to_numpy() for name in baseline.COLUMNS})


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    missing = pd.api.types.is_scalar(value) and pd.isna(value)  # type: ignore[call-overload]
    return "" if missing else str(value)


def _cells(decoded: Decoded, delim: str) -> tuple[object, ...]:
    """The values of one row, in the order of columns(), as they are without enrichment."""
    return (
        decoded.status,
        decoded.error,
        decoded.validated,
        decoded.final,
        len(decoded.chain),
        ">".join(decoded.chain),
        *map(delim.join, _values(decoded.iocs)),
        delim.join(decoded.c2),
        decoded.family,
        delim.join(decoded.techniques),
        *_NOT_ENRICHED,
    )
