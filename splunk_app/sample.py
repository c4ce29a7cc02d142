"""Writes the app's sample lookups anew: python -m splunk_app.sample

The models' own answers to made-up events, so that dashboards show something before any event is
indexed. Addresses and names are those reserved for documentation.
"""

import importlib
import os
from pathlib import Path
from typing import Any

import pandas as pd

from app import stream
from app.hunting import models
from app.sample.enrichment import FEEDS, GEO
from splunk_app import made_up

LOOKUPS = Path(__file__).parent / "dsdl_hunt" / "lookups"
_DECIMALS = 3
_TIMES = ["_time", "count", "host"]
_ACCESS = ["user", "LogonType", "ProcessName"]
_LEARNED = 20  # of the forty commands: the others may be new


def main() -> None:
    """Write a lookup for each model, one of events, one of places, and those of operations."""
    os.environ |= {"HUNT_FEEDS": str(FEEDS), "HUNT_GEO": str(GEO)}
    LOOKUPS.mkdir(parents=True, exist_ok=True)
    events = made_up.commands()
    _write("events", events)
    decoded = _answer("powershell_ioc", events, ["command", "_time", "host"], learned=_LEARNED)
    _write("powershell_ioc", _operated(decoded))
    _write("places", _places(decoded["ioc_ipv4"]))
    _write("ip_context", _destinations(decoded))
    series = made_up.logons()
    _write("timeseries_anomaly", _answer("timeseries_anomaly", series, _TIMES, by="host"))
    traits = ["bytes", "duration", "app", "user"]
    _write("outliers", _answer("outliers", made_up.transfers(), traits, contamination="0.02"))
    starts = made_up.process_starts()
    _write("process_tree", _answer("process_tree", starts, list(starts.columns)))
    _write("beaconing", _answer("beaconing", made_up.connections(), ["_time", "host", "dest"]))
    _write("rare_sessions", _sessions())
    _write("ti_lookup", _answer("ti_lookup", _contacts(decoded), ["dest"]))
    _write("ioc_extract", _answer("ioc_extract", events, ["command"]))
    _write("jobs", made_up.jobs())
    _write("logs", made_up.logs())
    _write("status", made_up.status())
    described = [stream.described(name) for name in models.names()]
    _write("models", pd.DataFrame(described)[["model", "purpose", "rows"]])
    accesses = made_up.accesses()
    _write("event_clusters", _answer("event_clusters", accesses, _ACCESS))


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


def _operated(decoded: pd.DataFrame) -> pd.DataFrame:
    """As with `plot=true`, on a day on which a provider's quota was used up before the end."""
    decoded = decoded.assign(picture="/graphics/powershell_ioc.html")
    late = decoded.index[decoded["ti_status"] == "complete"][-4:]
    decoded.loc[late, ["ti_status", "ti_errors"]] = (
        "partial",
        "abuseipdb: its quota of 1000 requests a day is used up",
    )
    return decoded


def _sessions() -> pd.DataFrame:
    """What users start, cut into sessions."""
    activities = made_up.activities()
    fields = ["_time", "host", "user", "Image"]
    return _answer("rare_sessions", activities, fields, event="Image", by="user,host", gap="1800")


def _contacts(decoded: pd.DataFrame) -> pd.DataFrame:
    """Each address that each command line contacts."""
    contacts = decoded[["_time", "host", "ioc_ipv4"]].rename(columns={"ioc_ipv4": "dest"})
    contacts = contacts.assign(dest=contacts["dest"].str.split("|")).explode("dest")
    return contacts[contacts["dest"].str.len() > 0].reset_index(drop=True)


def _destinations(decoded: pd.DataFrame) -> pd.DataFrame:
    """Each address that a host contacts, with its network and place."""
    contacts = _contacts(decoded).rename(columns={"dest": "dest_ip"})
    grouped = contacts.groupby("dest_ip")
    asked = grouped.agg(_time=("_time", "min"), hosts=("host", "nunique"), count=("host", "size"))
    # `source` is where the finding came from, in Splunk.
    return _answer("ip_context", asked.reset_index(), ["dest_ip"]).drop(columns="source")


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
