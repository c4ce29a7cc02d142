"""The searches that the benchmark of the service sends: made-up rows, for each model its own shape."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from app.sample import SAMPLE

_START = 1_700_000_000
_PROGRAMS = ("svchost", "chrome", "python", "git", "node", "java", "msbuild", "teams")
_PARENTS = ("services", "explorer", "bash", "winword")
_COMMANDS = tuple(f"{verb}-{noun}" for verb in ("Get", "Set", "New") for noun in "ABCDEFGH")


class Search(NamedTuple):
    """What one `fit` and `apply` are given."""

    shape: str
    algo: str
    frame: pd.DataFrame
    by: str = ""


def searches(rows: int) -> list[Search]:
    """A search or more for every model, of `rows` rows each."""
    series = [Search(f"{n:,} x {rows // n:,}", "timeseries_anomaly", _series(rows, n), "host")
              for n in (1, rows // 10_000, rows // 100, rows // 10) if n]  # fmt: skip
    made: list[tuple[str, str, Callable[[int], pd.DataFrame]]] = [
        ("numbers and texts", "outliers", _flows),
        ("processes", "event_clusters", _processes),
        ("operations", "rare_sessions", _operations),
        ("processes", "process_tree", _processes),
        ("1,000 pairs", "beaconing", _connections),
        ("sample, varied", "powershell_ioc", _sample),
        ("sample, varied", "ioc_extract", _sample),
        ("addresses", "ip_context", _addresses),
        ("addresses", "ti_lookup", _addresses),
    ]
    return series + [Search(shape, algo, make(rows)) for shape, algo, make in made]


def _random() -> np.random.Generator:
    return np.random.default_rng(1)


def _series(rows: int, series: int) -> pd.DataFrame:
    """Hourly counts with a day's season; one in a thousand is ten times too high."""
    chance, length = _random(), rows // series
    hour = np.tile(np.arange(length), series)
    counts = chance.poisson(100 + 50 * np.sin(2 * np.pi * hour / 24))
    counts[chance.random(len(counts)) < 0.001] *= 10
    host = np.repeat([f"host{n}" for n in range(series)], length)
    return pd.DataFrame({"_time": _START + 3600 * hour, "host": host, "count": counts})


def _flows(rows: int) -> pd.DataFrame:
    chance = _random()
    return pd.DataFrame(
        {
            "_time": _START + np.arange(rows),
            "bytes_out": chance.lognormal(8, 2, rows).round(),
            "bytes_in": chance.lognormal(9, 2, rows).round(),
            "duration": chance.exponential(3, rows).round(3),
            "dest_port": chance.choice([53, 80, 443, 445, 8443], rows, p=[0.3, 0.2, 0.4, 0.09, 0.01]),
            "app": chance.choice(_PROGRAMS, rows),
            "user": chance.choice([f"user{n}" for n in range(500)], rows),
        }
    )  # fmt: skip


def _processes(rows: int) -> pd.DataFrame:
    """Starts of processes on 500 hosts, every command line another."""
    chance, number = _random(), np.arange(rows)
    image, parent = chance.choice(_PROGRAMS, rows), chance.choice(_PARENTS, rows)
    value = chance.integers(0, 10**9, rows)
    return pd.DataFrame(
        {
            "_time": _START + number,
            "host": [f"host{n}" for n in number % 500],
            "user": [f"user{n}" for n in number % 700],
            "ProcessId": 4 * number + 100,
            "ParentProcessId": 4 * np.maximum(number - 500 * chance.integers(1, 9, rows), 0) + 100,
            "Image": [f"C:\\Programs\\{n}.exe" for n in image],
            "ParentImage": [f"C:\\Programs\\{n}.exe" for n in parent],
            "CommandLine": [f"{n}.exe --id={v:x} -k run C:\\Work\\{v % 997}" for n, v in zip(image, value, strict=True)],
        }
    )  # fmt: skip


def _operations(rows: int) -> pd.DataFrame:
    chance = _random()
    return pd.DataFrame(
        {
            "_time": _START + np.sort(chance.integers(0, 40 * rows, rows)),
            "user": chance.choice([f"user{n}" for n in range(300)], rows),
            "client_ip": [f"192.0.2.{n}" for n in chance.integers(1, 255, rows)],
            "operation": chance.choice(_COMMANDS, rows),
        }
    )


def _connections(rows: int) -> pd.DataFrame:
    """A tenth of the pairs are beacons, once a minute with jitter; the others come at random."""
    chance = _random()
    pairs, each = 1000, rows // 1000
    regular = 60 * np.arange(each) + chance.uniform(0, 10, (pairs // 10, each))
    others = chance.uniform(0, 60 * each, (pairs - pairs // 10, each))
    pair = np.repeat(np.arange(pairs), each)
    return pd.DataFrame(
        {
            "_time": _START + np.concatenate([regular, others]).ravel().round(3),
            "src_ip": [f"192.0.2.{n % 250}" for n in pair],
            "dest_ip": [f"203.0.113.{n // 4 % 250}" for n in pair],
        }
    ).sample(frac=1, random_state=1)


def _sample(rows: int) -> pd.DataFrame:
    """The bundled events again and again, every command line made different."""
    sample = pd.read_csv(SAMPLE, dtype=str)
    frame = sample.iloc[np.arange(rows) % len(sample)].reset_index(drop=True)
    lines = frame["ParentCommandLine"].fillna("")
    different = [f"{line} #{n}" for n, line in enumerate(lines)]
    return frame.assign(ParentCommandLine=different)[["ParentCommandLine", "_time", "host"]]


def _addresses(rows: int) -> pd.DataFrame:
    number = _random().integers(0, 5000, rows)
    return pd.DataFrame({"dest_ip": [f"203.0.{n // 250}.{n % 250}" for n in number]})


def as_body(search: Search, model: str, **params: str) -> dict[str, Any]:
    """What DSDL would post, with its default limits."""
    fields = list(search.frame.columns)
    given = {"by": search.by} if search.by else {}
    options = {
        "params": {"algo": search.algo, **given, **params},
        "args": fields,
        "feature_variables": fields,
        "model_name": model,
        "algo_name": "MLTKContainer",
        "mlspl_limits": {
            "max_fit_time": "600",
            "max_score_time": "600",
            "max_memory_usage_mb": "2000",
        },
        "kfold_cv": None,
    }
    meta = {"options": options, "feature_variables": fields}
    return {"data": search.frame.to_csv(index=False), "meta": meta}
