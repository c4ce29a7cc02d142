"""What this environment runs: which scripts, IoCs and parent-child pairs, since when, how often.

A sighting is one of them in one event. What is learned is a table by the sighting's 64-bit hash:
nothing that the events say can be read back from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import re2
from numpy.typing import NDArray

from app.hunting import state, times

MAX_KNOWN = 1_000_000  # sightings that are remembered; beyond, those not seen for longest are not
MAX_HOSTS = 1_000  # that are counted for one of them
COLUMNS = ("first_seen", "seen_count", "hosts_seen", "new")
_KIND, _VERSION = "powershell_ioc", 1
_IOCS = ("ioc_ipv4", "ioc_ipv6", "ioc_url", "ioc_domain", "ioc_email", "ioc_c2")
_HASHES = ("ioc_md5", "ioc_sha1", "ioc_sha256")
_TIMES = ("_time", "UtcTime", "TimeCreated", "TimeGenerated", "timestamp")
_HOSTS = ("host", "Computer", "ComputerName", "dvc", "dest", "hostname")
_PARENTS = ("ParentImage", "ParentProcessName", "parent_process_name", "parent_image")
_CHILDREN = ("Image", "NewProcessName", "process_name", "image")
# What is made up anew each time: numbers, names of variables, long base64, white space.
_VARYING = (
    (re2.compile(r"\s+"), " "),
    (re2.compile(r"[a-z0-9+/]{60,}={0,2}"), "{data}"),
    (re2.compile(r"\b(?:0x[0-9a-f]+|[0-9a-f]*[0-9][0-9a-f]*)\b"), "#"),
    (re2.compile(r"\$\{?[a-z_]\w{0,60}\}?"), "$"),
    (re2.compile(r"(?:#\s*,\s*){3,}#?"), "{list}"),
)

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Baseline:
    """By sighting, in the order of `keys`: first and last time (seconds), events, hosts.

    `pairs` has a row (sighting, host) for each host that was counted.
    """

    keys: Hashes
    first: NDArray[np.float64]
    last: NDArray[np.float64]
    count: NDArray[np.int64]
    pairs: NDArray[np.uint64]


def fingerprint(script: str) -> str:
    """A script without what is made up anew each time it is used."""
    text = script.lower()
    for pattern, sign in _VARYING:
        text = pattern.sub(sign, text)
    return text


def sightings(
    events: pd.DataFrame, annotated: pd.DataFrame, field: str, delim: str = "|"
) -> pd.DataFrame:
    """What stands in each event: `row`, `what`, `key`, `host` and `time`, several rows an event.

    events: the search's rows; annotated: what powershell.annotate made of them. Times and hosts
    are taken from the usual fields where they are there; the time is now where they are not.
    """
    events = events.loc[:, ~events.columns.duplicated()]
    found = pd.concat(
        [
            _scripts(annotated, field),
            *(_listed(annotated, column, delim) for column in (*_IOCS, *_HASHES)),
            _pairs(events),
        ],
        ignore_index=True,
    )
    row = found["row"].to_numpy(dtype=np.int64)
    at = _times(events)[row]
    return found.assign(row=row, key=_hashed(found["text"]), host=_hosts(events)[row], time=at)


def learn(seen: pd.DataFrame, known: Baseline | None = None) -> Baseline:
    """The baseline of these sightings, on top of what was known before."""
    grouped = seen.groupby("key", sort=True)
    table = pd.DataFrame(
        {
            "first": grouped["time"].min(),
            "last": grouped["time"].max(),
            "count": grouped["row"].nunique(),
        }
    )
    pairs = seen.loc[seen["host"] != 0, ["key", "host"]]
    if known is not None:
        before = pd.DataFrame(
            {"first": known.first, "last": known.last, "count": known.count}, known.keys
        )
        merged = pd.concat([before, table]).groupby(level=0, sort=True)
        table = merged.agg({"first": "min", "last": "max", "count": "sum"})
        pairs = pd.concat([pd.DataFrame(known.pairs, columns=["key", "host"]), pairs])
    return _bounded(table, pairs.drop_duplicates())


def annotate(seen: pd.DataFrame, known: Baseline, rows: int, delim: str = "|") -> pd.DataFrame:
    """The columns COLUMNS for each of `rows` events: those of its script, and what of it is new."""
    place = _places(known, seen["key"].to_numpy(dtype=np.uint64))
    script = (seen["what"] == "script").to_numpy()
    row = seen["row"].to_numpy()
    first, count, hosts = np.full(rows, np.nan), np.zeros(rows, int), np.zeros(rows, int)
    there = script & (place >= 0)
    first[row[there]] = known.first[place[there]]
    count[row[there]] = known.count[place[there]]
    hosts[row[there]] = _host_counts(known)[place[there]]
    new = (
        seen[place < 0].groupby("row")["shown"].agg(lambda names: delim.join(dict.fromkeys(names)))
    )
    return pd.DataFrame(
        {
            "first_seen": _iso(first),
            "seen_count": count,
            "hosts_seen": hosts,
            "new": new.reindex(range(rows)).fillna("").to_numpy(),
        }
    )


def save(stem: Path, known: Baseline, options: dict[str, str]) -> None:
    arrays = {name: getattr(known, name) for name in Baseline.__slots__}
    state.save(stem, _KIND, _VERSION, {"options": options}, arrays)


def load(stem: Path) -> tuple[Baseline, dict[str, str]]:
    """What `save` was given. Raises state.StateError, FileNotFoundError."""
    saved = state.load(stem, _KIND, _VERSION)
    return Baseline(**saved.arrays), saved.values["options"]


def _scripts(annotated: pd.DataFrame, field: str) -> pd.DataFrame:
    """The innermost readable script of each event, else the command line itself."""
    inner, outer = annotated["decode_final"], annotated["decode_validated"]
    script = inner.where(inner != "", outer)
    script = script.where(script != "", annotated[field].fillna("").astype(str))
    marks = {text: f"script {fingerprint(text)}" for text in dict.fromkeys(script)}
    found = pd.DataFrame({"row": np.arange(len(script)), "what": "script", "shown": "script"})
    return found.assign(text=[marks[text] for text in script])


def _listed(annotated: pd.DataFrame, column: str, delim: str) -> pd.DataFrame:
    """The IoCs of one kind, one row each."""
    values = pd.Series(annotated[column].to_numpy(), dtype=object).fillna("").astype(str)
    single = values[values != ""].str.split(delim, regex=False).explode()
    found = pd.DataFrame({"row": single.index, "what": column, "shown": single.to_numpy()})
    return found.assign(text=single.to_numpy())


def _pairs(events: pd.DataFrame) -> pd.DataFrame:
    """Parent and child, where both are among the fields."""
    parent, child = _named(events, _PARENTS), _named(events, _CHILDREN)
    if parent is None or child is None:
        return pd.DataFrame(columns=["row", "what", "shown", "text"])
    names = [f"{_base(above)} > {_base(below)}" for above, below in zip(parent, child, strict=True)]
    found = pd.DataFrame({"row": np.arange(len(names)), "what": "pair", "shown": names})
    return found.assign(text=found["shown"])[found["shown"] != " > "]


def _base(path: object) -> str:
    return path.replace("/", "\\").rpartition("\\")[2].lower() if isinstance(path, str) else ""


def _named(events: pd.DataFrame, names: tuple[str, ...]) -> Iterator[Any] | None:
    name = next((name for name in names if name in events.columns), None)
    return None if name is None else iter(events[name])


def _times(events: pd.DataFrame) -> NDArray[np.float64]:
    now = pd.Timestamp.now("UTC").timestamp()
    for name in _TIMES:
        if name in events.columns:
            found = times.seconds(events[name])
            return np.where(np.isnan(found), now, found)
    return np.full(len(events), now)


def _hosts(events: pd.DataFrame) -> Hashes:
    """The hash of each event's host; 0 where it is not known."""
    for name in _HOSTS:
        if name in events.columns:
            hosts = events[name].fillna("").astype(str).str.lower()
            hashes: Hashes = np.where(hosts == "", np.uint64(0), _hashed(hosts))
            return hashes
    return np.zeros(len(events), np.uint64)


def _hashed(texts: pd.Series) -> Hashes:
    """The same in every process, unlike hash()."""
    known = {
        text: int.from_bytes(
            blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big"
        )
        for text in dict.fromkeys(texts)
    }
    return np.array([known[text] for text in texts], dtype=np.uint64)


def _bounded(table: pd.DataFrame, pairs: pd.DataFrame) -> Baseline:
    if len(table) > MAX_KNOWN:
        table = table.nlargest(MAX_KNOWN, "last").sort_index()
    pairs = pairs[pairs["key"].isin(table.index)]
    pairs = pairs[pairs.groupby("key").cumcount() < MAX_HOSTS].sort_values("key", kind="stable")
    return Baseline(
        keys=table.index.to_numpy(dtype=np.uint64),
        first=table["first"].to_numpy(dtype=float),
        last=table["last"].to_numpy(dtype=float),
        count=table["count"].to_numpy(dtype=np.int64),
        pairs=pairs.to_numpy(dtype=np.uint64).reshape(-1, 2),
    )


def _places(known: Baseline, keys: Hashes) -> NDArray[np.int64]:
    """Where each key is in the baseline; -1: it is not."""
    if not len(known.keys):
        return np.full(len(keys), -1)
    place = np.searchsorted(known.keys, keys).clip(max=len(known.keys) - 1)
    return np.where(known.keys[place] == keys, place, -1)


def _host_counts(known: Baseline) -> NDArray[np.int64]:
    places = _places(known, known.pairs[:, 0])
    return (
        np.bincount(places, minlength=len(known.keys))
        if len(places)
        else np.zeros(len(known.keys), int)
    )


def _iso(seconds: NDArray[np.float64]) -> list[str]:
    moments = pd.to_datetime(pd.Series(seconds), unit="s", errors="coerce")
    return moments.dt.strftime("%Y-%m-%dT%H:%M:%SZ").fillna("").to_list()
