"""The picture that `plot=true` draws of a search: what suits the model that ran."""

from collections.abc import Callable, Mapping

import pandas as pd

from app.pictures.graph import graph
from app.pictures.matrix import matrix
from app.pictures.scatter import scatter
from app.pictures.scene import Scene
from app.pictures.series import series
from app.pictures.timeline import timeline
from app.pictures.tree import tree
from app.pictures.worldmap import worldmap

Options = Mapping[str, str]
_TIMES = ("_time", "UtcTime", "time", "timestamp", "TimeCreated", "TimeGenerated")
_HOSTS = ("host", "Computer", "ComputerName", "user", "User", "index")
_MAX_SERIES = 6
_MAX_PAIRS = 40


def of_result(
    algo: str, events: pd.DataFrame, result: pd.DataFrame, options: Options
) -> list[Scene]:
    """The scenes for the result of a model on the events of a search, row by row beside each other.

    Raises ValueError if the search has no field that the picture needs.
    """
    if len(result) != len(events):
        return [_usual(result.reset_index(drop=True), options)]
    new = [name for name in result.columns if name not in events.columns]
    both = pd.concat([events.reset_index(drop=True), result[new].reset_index(drop=True)], axis=1)
    both = both.loc[:, ~both.columns.duplicated()]
    draw = _DRAWN.get(algo)
    return draw(both, options) if draw else [_usual(both, options)]


def _chosen(rows: pd.DataFrame, options: Options, option: str, usual: tuple[str, ...]) -> str:
    """The column that the option names, else the first of the usual ones. Raises ValueError."""
    wanted = (options[option],) if options.get(option) else usual
    for name in wanted:
        if name in rows.columns:
            return name
    raise ValueError(
        f"the picture needs a field of the kind {option!r} ({', '.join(wanted)}): "
        "name it among the fields of the search"
    )


def _usual(rows: pd.DataFrame, options: Options) -> Scene:
    """For any other model: events over time, else its first two columns of numbers."""
    if any(name in rows.columns for name in _TIMES):
        time = _chosen(rows, options, "time", _TIMES)
        lane = next((name for name in (*_HOSTS, *map(str, rows.columns)) if name in rows), time)
        return timeline(rows, time, lane)
    numbers = list(rows.select_dtypes("number").columns)
    if len(numbers) < 2:
        raise ValueError("a picture needs a field of times (_time), or two fields of numbers")
    return scatter(rows, numbers[0], numbers[1])


def _timeseries(rows: pd.DataFrame, options: Options) -> list[Scene]:
    """Those series with the most anomalies."""
    time = _chosen(rows, options, "time", _TIMES)
    added = {"trend", "seasonal", "residual", "baseline", "lower", "upper", "score", "anomaly"}
    numbers = [n for n in rows.select_dtypes("number").columns if n not in {*added, time}]
    value = _chosen(rows, options, "value", tuple(numbers))
    by = [name for name in options.get("by", "").replace(",", " ").split() if name in rows.columns]
    groups = [("", rows)] if not by else list(rows.groupby(by, dropna=False, sort=False))
    groups.sort(key=lambda group: -int((group[1]["anomaly"].fillna(0) != 0).sum()))
    return [
        series(
            part[[time, value, "baseline", "lower", "upper", "score", "anomaly"]],
            time,
            value,
            "baseline",
            "lower",
            "upper",
            "anomaly",
            title=f"{value} over time" + (f", {_joined(name)}" if by else ""),
        )
        for name, part in groups[:_MAX_SERIES]
    ]


def _joined(name: object) -> str:
    return ", ".join(map(str, name)) if isinstance(name, tuple) else str(name)


def _outliers(rows: pd.DataFrame, _: Options) -> list[Scene]:
    """In the plane of the two numeric fields that set most outliers apart."""
    odd = rows["outlier"].fillna(0) == 1
    named = rows.loc[odd, "outlier_fields"].astype(str).str.split("|").explode().value_counts()
    numbers = [n for n in rows.select_dtypes("number").columns if n not in ("outlier", "score")]
    fields = [n for n in named.index if n in numbers]
    fields += [n for n in (*numbers, "score") if n not in fields]
    if len(fields) < 2:
        raise ValueError("the picture needs a field of numbers among the fields of the search")
    return [scatter(rows.assign(_odd=odd), fields[0], fields[1], marked="_odd", title="Outliers")]


def _sessions(rows: pd.DataFrame, options: Options) -> list[Scene]:
    """The rarest sessions, a lane each; the events of their rarest windows are marked."""
    time = _chosen(rows, options, "time", _TIMES)
    rarest = rows[rows["rank"].fillna(0).between(1, _MAX_PAIRS)]
    return [
        timeline(rarest, time, "session_id", marked="in_rarest_window", title="Rarest sessions")
    ]


def _processes(rows: pd.DataFrame, options: Options) -> list[Scene]:
    label = _chosen(rows, options, "command", ("command_line", "CommandLine", "process", "path"))
    odd = rows["chains"].fillna("").astype(str) != ""
    kept = [label, "path", "chains", "techniques", "score", "process_node", "parent_node"]
    nodes = rows[list(dict.fromkeys(kept))].assign(_odd=odd)
    nodes = nodes.sort_values("process_node", kind="stable")
    return [tree(nodes, "process_node", "parent_node", label, "score", "_odd")]


def _beacons(rows: pd.DataFrame, options: Options) -> list[Scene]:
    """The most regular pairs over time, and who talks to whom."""
    time = _chosen(rows, options, "time", _TIMES)
    ranked = rows[rows["rank"].fillna(0).between(1, _MAX_PAIRS)]
    regular = ranked.assign(_odd=ranked["score"] >= 0.5)
    ends = rows["pair"].astype(str).str.partition(" > ")
    pairs = pd.DataFrame({"source": ends[0], "destination": ends[2]})
    return [
        timeline(regular, time, "pair", marked="_odd", title="The most regular pairs"),
        matrix(pairs[pairs["destination"] != ""], "source", "destination"),
    ]


def _indicators(rows: pd.DataFrame, _: Options) -> list[Scene]:
    """What the command lines of each host (else of each family) have to do with."""
    host = next((name for name in _HOSTS if name in rows.columns), "ps_family")
    parts = []
    for column, kind in (("ioc_c2", "C2"), ("ioc_domain", "domain"), ("ioc_ipv4", "address")):
        values = rows[[host, column]].assign(value=rows[column].astype(str).str.split("|"))
        parts.append(values.explode("value")[[host, "value"]].assign(kind=kind))
    edges = pd.concat(parts)
    edges = edges[edges["value"].fillna("").isin(["", "nan"]).eq(False)]
    edges[host] = edges[host].fillna("").replace("", "(unknown)")
    edges = edges.drop_duplicates().assign(source_kind=host)
    return [graph(edges, host, "value", "source_kind", "kind", "Indicators and where they are")]


def _places(rows: pd.DataFrame, _: Options) -> list[Scene]:
    shown = [name for name in rows.columns if name not in ("context_errors", "context_status")]
    return [worldmap(rows[shown])]


def _verdicts(rows: pd.DataFrame, _: Options) -> list[Scene]:
    sources = rows.assign(source=rows["ti_sources"].fillna("").astype(str).str.split("|"))
    known = sources.explode("source")
    known = known[known["source"] != ""]
    return [matrix(known, "source", "observable", title="Who knows which observable")]


_DRAWN: dict[str, Callable[[pd.DataFrame, Options], list[Scene]]] = {
    "timeseries_anomaly": _timeseries,
    "outliers": _outliers,
    "rare_sessions": _sessions,
    "process_tree": _processes,
    "beaconing": _beacons,
    "powershell_ioc": _indicators,
    "ip_context": _places,
    "ti_lookup": _verdicts,
}
