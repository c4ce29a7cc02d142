"""timeseries_anomaly against msticpy's ts_anomalies_stl: one series, and the series of 100 hosts.

msticpy is run with the season it has by default (24) and with the right one given (168); ours has
to find it. What msticpy's column `anomalies` says is one accuracy, its score beyond 3 on either
side, as its apply_threshold makes it, the other.
"""

import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from app import memory
from app.hunting import timeseries

DATA = Path("../shared/data/hourly_counts.csv.gz")
_HOSTS = 100

Run = Callable[[pd.DataFrame], pd.DataFrame]


def measure(rounds: int = 15) -> dict[str, object]:
    """CPU seconds (medians; others on the machine do not count), and how many labelled and other hours each flags."""
    frame = pd.read_csv(DATA, parse_dates=["_time"])[["_time", "value", "is_anomaly"]]
    one = frame.assign(host="a")
    many = pd.concat([_varied(frame, number) for number in range(_HOSTS)], ignore_index=True)
    return _compared(one, "1 series", rounds) | _compared(many, f"{_HOSTS} series", 1)


def _varied(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    noise = np.random.default_rng(seed).normal(1, 0.02, len(frame))
    values = (frame["value"] * noise).round()
    return frame.assign(value=values, host=f"host{seed}")


def _compared(frame: pd.DataFrame, what: str, rounds: int) -> dict[str, object]:
    runs = {"ours": _ours, "msticpy 24": _msticpy(24), "msticpy 168": _msticpy(168)}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    report: dict[str, object] = {f"{what}: rows": len(frame)}
    labelled = (frame["is_anomaly"] != 0).to_numpy()
    for run in runs.values():
        run(frame[frame["host"] == frame["host"].iloc[0]])  # a service is warm
    memory.spare_forks()  # as every worker does before it forks for a search
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.process_time()
            answer = run(frame)
            seconds[name].append(time.process_time() - start)
            for column, flags in answer.items():
                right, other = int((flags & labelled).sum()), int((flags & ~labelled).sum())
                report[f"{what}: {name}: {column}"] = f"{right} of {labelled.sum()}, {other} others"
    for name, values in seconds.items():
        report[f"{what}: {name}: CPU seconds"] = round(statistics.median(values), 4)
        if name != "ours":
            ratios = [b / a for a, b in zip(seconds["ours"], values, strict=True)]
            report[f"{what}: times faster than {name}"] = round(statistics.median(ratios), 1)
    return report


def _ours(frame: pd.DataFrame) -> pd.DataFrame:
    by = ("host",) if frame["host"].nunique() > 1 else ()
    layout = timeseries.Layout("_time", "value", by)
    settings = timeseries.Settings(layout)
    _, answer = timeseries.detect(frame, settings)
    return pd.DataFrame({"anomaly": answer["anomaly"] != 0})


def _msticpy(period: int) -> Run:
    warnings.filterwarnings("ignore")
    from msticpy.analysis.timeseries import ts_anomalies_stl

    def run(frame: pd.DataFrame) -> pd.DataFrame:
        parts = []
        for _, rows in frame.groupby("host", sort=False):
            found = ts_anomalies_stl(rows, time_column="_time", data_column="value", period=period)
            parts.append(found)
        found = pd.concat(parts, ignore_index=True)
        return pd.DataFrame(
            {"anomalies": found["anomalies"] != 0, "score beyond 3": found["score"].abs() > 3}
        )

    return run
