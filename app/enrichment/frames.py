"""Lookups for any columns of a search: verdicts on observables, and who owns addresses.

Like all that describes events, one row comes back for each that goes in, in order. What stands
for several rows is looked up once. A cell may hold several values, joined by `delim`.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from app.enrichment import sources
from app.enrichment.answers import answers
from app.enrichment.columns import said_of, ti_cells
from app.enrichment.ip_context import IpContext, context
from app.enrichment.lookup import LookupResult
from app.enrichment.observables import KINDS, Observable, detect
from app.enrichment.verdicts import worst
from app.hunting import models

Cells = tuple[object, ...]


def ti_lookup(
    frame: pd.DataFrame,
    fields: Sequence[str],
    *,
    ti: str = "",
    kind: str = "",
    by_provider: bool = False,
    delim: str = "|",
) -> pd.DataFrame:
    """What feeds and providers (see sources.choose) say of the observables in some fields.

    `kind`: only those of this kind (see observables.KINDS). `by_provider`: one more column for
    each source, `ti_<its name>`, with its own verdict. Raises ValueError for sources and kinds
    that there are not.
    """
    if kind and kind not in KINDS:
        raise ValueError(f"type={kind!r} is none of {', '.join(KINDS)}")
    configured = sources.sources()
    choice = sources.choose(ti, configured)
    texts = _rows(frame, fields, delim)
    distinct = dict.fromkeys(texts)
    observables = {text: detect(text) for text in _values(distinct)}
    wanted = {row: _observables(row, observables, kind) for row in distinct}
    found = answers([one for row in wanted.values() for one in row], choice, configured)
    names = choice.names() if by_provider else []
    cells = {row: _lookup_cells(ours, found, names, delim) for row, ours in wanted.items()}
    own = [column.name for column in models.model("ti_lookup").columns[1:-1]]
    return _framed(frame, texts, cells, [*own, *map(_column, names)])


def ip_context(
    frame: pd.DataFrame, field: str, *, whois: bool | None = None, delim: str = "|"
) -> pd.DataFrame:
    """Who owns the addresses in a field and where they are; of several in a cell, the first that
    is known. For `whois`, see sources.whois."""
    texts = _rows(frame, [field], delim)
    distinct = dict.fromkeys(texts)
    found = context(
        list(_values(distinct)),
        sources.whois(whois, sources.sources()),
    )
    why = delim.join(f"{name}: {text}" for name, text in found.errors.items())
    known = {row: [found.found[text] for text in row if text in found.found] for row in distinct}
    cells = {row: (*_context_cells(some), found.status, why) for row, some in known.items()}
    own = [column.name for column in models.model("ip_context").columns[1:]]
    return _framed(frame, texts, cells, own)


def _rows(frame: pd.DataFrame, fields: Sequence[str], delim: str) -> list[tuple[str, ...]]:
    """The values of each row: texts without blanks around them, none twice."""
    columns = [_split(frame[field], delim) for field in fields]
    return [tuple(dict.fromkeys(sum(row, ()))) for row in zip(*columns, strict=True)]


def _values(rows: Iterable[tuple[str, ...]]) -> dict[str, None]:
    """The distinct values of distinct rows, in order."""
    return dict.fromkeys(text for row in rows for text in row)


def _split(column: "pd.Series[Any]", delim: str) -> list[tuple[str, ...]]:
    parts = {
        value: tuple(text for part in str(value).split(delim) if (text := part.strip()))
        for value in column.dropna().unique()
    }
    return [parts.get(value, ()) for value in column]


def _observables(
    texts: Sequence[str], known: dict[str, Observable | None], kind: str
) -> tuple[Observable, ...]:
    found = dict.fromkeys(one for text in texts if (one := known[text]))
    return tuple(one for one in found if not kind or one.kind == kind)


def _lookup_cells(
    wanted: Sequence[Observable], found: LookupResult, names: Sequence[str], delim: str
) -> Cells:
    said = [one for one in said_of(wanted, found) if one.verdict != "unknown"]
    verdict, score, known, status, why = ti_cells(wanted, found, delim)
    return (
        delim.join(one.value for one in wanted),
        delim.join(one.kind for one in wanted),
        verdict,
        score,
        known,
        delim.join(dict.fromkeys(tag.replace(delim, "/") for one in said for tag in one.tags)),
        delim.join(dict.fromkeys(one.link for one in said if one.link)),
        status,
        why,
        *(_word(name, wanted, found) for name in names),
    )


def _word(source: str, wanted: Sequence[Observable], found: LookupResult) -> str:
    """The worst verdict of one source; "" if it was not asked or did not answer."""
    said = worst(one for one in said_of(wanted, found) if one.source == source)
    return said.verdict if said else ""


def _column(source: str) -> str:
    return "ti_" + re.sub(r"\W+", "_", source.lower()).strip("_")


def _context_cells(known: Sequence[IpContext]) -> Cells:
    one = next((one for one in known if one != IpContext()), IpContext())
    degrees = ["" if value is None else value for value in (one.latitude, one.longitude)]
    return (
        one.asn,
        one.asn_country_code,
        one.asn_description,
        one.city,
        one.country,
        one.country_code,
        *degrees,
        one.source,
    )


def _framed(
    frame: pd.DataFrame,
    texts: Sequence[tuple[str, ...]],
    cells: dict[tuple[str, ...], Cells],
    names: Sequence[str],
) -> pd.DataFrame:
    rows = [cells[row] for row in texts]
    return pd.DataFrame(rows, columns=list(names), index=frame.index, dtype=object)
