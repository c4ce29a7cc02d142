"""Searches in Splunk from Python (pull): the answer is a DataFrame of texts, as Splunk gives it.

from app.splunk import search
frame = search.search("index=botsv2 sourcetype=xmlwineventlog | table CommandLine", "-24h")
"""

# mypy: allow-untyped-calls

import contextlib
import http.client
import io
import logging
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import pandas as pd
import splunklib.binding
import splunklib.client
from tqdm.auto import tqdm

from app.splunk import token
from app.splunk.config import Access, access
from app.splunk.errors import SplunkError, of_connection, of_status
from app.splunk.rows import Reader, Row, joined

_PIECE = 50_000
_SECONDS = 300

log = logging.getLogger(__name__)


def search(
    query: str,
    earliest: str = "-24h",
    latest: str = "now",
    *,
    delim: str | None = None,
    progress: bool = False,
    to: Access | None = None,
) -> pd.DataFrame:
    """All rows of a search, however many: they are streamed (search/v2/jobs/export).

    `delim` joins the values of multi-value fields, which are lists otherwise. What Splunk says
    besides is in `attrs["messages"]`. Raises SplunkError.
    """
    reader = Reader()
    found: Iterable[Row] = stream(query, earliest, latest, to=to, reader=reader)
    found = tqdm(found, unit=" rows", disable=not progress)
    frame = _frame(found, delim)
    frame.attrs["messages"] = reader.messages
    return frame


def saved(
    name: str,
    earliest: str = "-24h",
    latest: str = "now",
    *,
    to: Access | None = None,
    **arguments: str,
) -> pd.DataFrame:
    """All rows of a saved search, run now. `arguments` fill its $placeholders$."""
    given = "".join(f" {key}={_quoted(value)}" for key, value in arguments.items())
    return search(f"| savedsearch {_quoted(name)}{given}", earliest, latest, to=to)


def oneshot(
    query: str, earliest: str = "-24h", latest: str = "now", *, to: Access | None = None
) -> pd.DataFrame:
    """The rows of a small search in one answer. Splunk cuts it at 50,000 rows: `search` does not.

    Raises SplunkError.
    """
    reader = Reader()
    with connected(to or access()) as service:
        options = _options(earliest, latest) | {"count": 0}
        lines = io.BufferedReader(service.jobs.oneshot(command(query), **options))
        frame = _frame(reader.rows(lines), None)
    frame.attrs["messages"] = reader.messages
    return frame


def stream(
    query: str,
    earliest: str = "-24h",
    latest: str = "now",
    *,
    to: Access | None = None,
    reader: Reader | None = None,
) -> Iterator[Row]:
    """The rows of a search, one after the other, as Splunk finds them. Raises SplunkError."""
    reader = reader or Reader()
    with connected(to or access()) as service:
        options = _options(earliest, latest) | {"preview": "false"}
        answer = service.jobs.export(command(query), **options)
        yield from reader.rows(io.BufferedReader(answer))
        if not reader.complete:
            reader.messages.append("WARN: Splunk did not say that this is all")
    for message in reader.messages:
        log.warning("search: %s", message)


@contextlib.contextmanager
def connected(to: Access) -> Iterator[splunklib.client.Service]:
    """A session with Splunk, for a while. Whatever goes wrong in it becomes a SplunkError."""
    where = f"{to.host}:{to.port}"
    token.warn(to.token.reveal())
    try:
        trust = to.trust()
        yield splunklib.client.Service(
            host=to.host,
            port=to.port,
            splunkToken=to.token.reveal(),
            handler=splunklib.binding.handler(
                timeout=_SECONDS, verify=trust is not None, context=trust
            ),
        )
    except splunklib.binding.HTTPError as error:
        raise of_status(where, error.status, _said(error)) from None
    except (OSError, http.client.HTTPException) as error:
        raise of_connection(where, error) from None


def command(query: str) -> str:
    """A query as the API wants it: it begins with a command. Raises SplunkError without one."""
    query = query.strip()
    if not query:
        raise SplunkError("the search is empty: write some SPL")
    is_command = query.startswith("|") or query.split(maxsplit=1)[0] == "search"
    return query if is_command else f"search {query}"


def _options(earliest: str, latest: str) -> dict[str, Any]:
    return {"earliest_time": earliest, "latest_time": latest, "output_mode": "json"}


def _frame(rows: Iterable[Row], delim: str | None) -> pd.DataFrame:
    """In pieces: a frame takes a fraction of the memory of as many dictionaries."""
    if delim is not None:
        rows = (joined(row, delim) for row in rows)
    source = iter(rows)
    pieces = []
    while piece := list(islice(source, _PIECE)):
        pieces.append(pd.DataFrame(piece))
    return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame()


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _said(error: splunklib.binding.HTTPError) -> str:
    body = error.body or b""
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
    with contextlib.suppress(Exception):
        messages = splunklib.data.json.loads(text)["messages"]
        return "; ".join(str(message.get("text", "")) for message in messages)
    return str(error).partition(" -- ")[2]
