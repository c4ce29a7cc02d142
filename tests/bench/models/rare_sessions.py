"""rare_sessions against msticpy's anomalous_sequence: Exchange admin operations."""

import json
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from app.hunting import sessions

DATA = Path("../shared/data/sessions.csv.gz")
OPTIONS = sessions.Options("operation", ("user", "client_ip"))
PUBLISHED = ("2020-03-26T22:40:30", "2020-04-17T21:00:31")
LEVELS = {"command": "operation", "parameters": "command_parameters"}


def measure(rounds: int = 5) -> dict[str, object]:
    """Seconds (medians) and the two rarest sessions at 1 and 20 times the rows."""
    frame = pd.read_csv(DATA, parse_dates=["_time"])
    report: dict[str, object] = {"rows": len(frame)}
    for level in LEVELS:
        runs = {"ours": _ours(level), "msticpy": _msticpy(level)}
        report |= _compared(runs, frame, level, rounds)
    larger = pd.concat([frame.assign(user=frame["user"].astype(str) + str(n)) for n in range(20)])
    runs = {"ours": _ours("command"), "msticpy": _msticpy("command")}
    return report | _compared(runs, larger, f"{len(larger)} rows", 1)


def _compared(
    runs: dict[str, Callable], frame: pd.DataFrame, what: str, rounds: int
) -> dict[str, object]:
    report: dict[str, object] = {}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.perf_counter()
            ranked = run(frame)
            seconds[name].append(time.perf_counter() - start)
            report[f"{what}: {name} sessions"] = len(ranked)
            first = tuple(str(start)[:19].replace(" ", "T") for start in ranked[:2])
            report[f"{what}: {name} rarest"] = " ".join(first)
            report[f"{what}: {name} rarest as published"] = first == PUBLISHED
    ratios = [b / a for a, b in zip(seconds["ours"], seconds["msticpy"], strict=True)]
    medians = {name: round(statistics.median(values), 4) for name, values in seconds.items()}
    report |= {f"{what}: {name} seconds": value for name, value in medians.items()}
    return report | {f"{what}: times faster": round(statistics.median(ratios), 1)}


def _ours(level: str) -> Callable[[pd.DataFrame], list[str]]:
    options = sessions.Options("operation", OPTIONS.by, parameters="parameters", level=level)

    def run(frame: pd.DataFrame) -> list[str]:
        learned = sessions.learn(frame, options)
        table = sessions.timeline(frame, options, learned)
        return list(table.sort_values("log_likelihood", kind="stable")["session_start"])

    return run


def _msticpy(level: str) -> Callable[[pd.DataFrame], list[pd.Timestamp]]:
    warnings.filterwarnings("ignore")
    from msticpy.analysis.anomalous_sequence import anomalous, sessionize
    from msticpy.analysis.anomalous_sequence.utils.data_structures import Cmd

    def command(row: tuple[str, str]) -> Cmd:
        return Cmd(name=row[0], params={entry["Name"] for entry in json.loads(row[1])})

    def run(frame: pd.DataFrame) -> list[pd.Timestamp]:
        events = frame["operation"]
        if level == "parameters":
            pairs = zip(frame["operation"], frame["parameters"], strict=True)
            events = [command(pair) for pair in pairs]
        frame = frame.assign(event=events)
        found = sessionize.sessionize_data(frame, list(OPTIONS.by), "_time", 20, 2, "event")
        scored = anomalous.score_sessions(found, "event_list", OPTIONS.window)
        scored = scored.sort_values(f"rarest_window{OPTIONS.window}_likelihood", kind="stable")
        return list(scored["_time_min"])

    return run
