"""Rows per second and accuracy beside msticpy, on the same rows in one run on one core.

    python -m tests.bench [--rounds N]

Reads the published commands with known answers in ../shared/data where they are, else the
bundled sample, varied. Also writes build/bench.json.
"""

import argparse
import json
import logging
import os
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import pandas as pd  # noqa: E402  (the thread limits must be set before)

from app import memory  # noqa: E402
from app.hunting import powershell, warm  # noqa: E402
from tests.bench import rows  # noqa: E402

Run = Callable[[pd.DataFrame], pd.DataFrame]
_GROWTH = (1, 2, 4, 8, 16)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, in turn")
    rounds = parser.parse_args().rounds
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    frame = rows.unique()
    print(f"{len(frame)} unique command lines from {rows.source()}, one core, {rounds} rounds")
    runs: dict[str, Run] = {"msticpy": _msticpy(), "text": _ours(False), "full": _ours(True)}
    seconds = _measured(runs, frame, rounds)
    report = _report(seconds, len(frame))
    report["growth"] = _growth(runs["full"], frame)
    if truth := rows.truth():
        report["accuracy"] = {name: rows.accuracy(truth, run) for name, run in runs.items()}
    _print(report)
    path = Path("build/bench.json")
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(report, indent=2) + "\n")
    print(f"written to {path}")


def _ours(hidden: bool) -> Run:
    return lambda frame: powershell.annotate(frame, "command_line", hidden=hidden)


def _msticpy() -> Run:
    """msticpy as its users call it: unpack_df, then IoCExtract on what was decoded."""
    warnings.filterwarnings("ignore")
    # It asks the network for a newer list of suffixes first.
    logging.getLogger("tldextract").setLevel(logging.CRITICAL)
    from msticpy.transform import base64unpack
    from msticpy.transform.iocextract import IoCExtract

    extractor = IoCExtract()

    def run(frame: pd.DataFrame) -> pd.DataFrame:
        decoded = base64unpack.unpack_df(data=frame, column="command_line", utf16=True)
        decoded = decoded.dropna(subset=["decoded_string"])
        found = extractor.extract(data=decoded, columns=["decoded_string"])
        return _as_columns(frame, decoded, found)

    return run


def _as_columns(frame: pd.DataFrame, decoded: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """msticpy's two tables as one row per command line, for the score."""
    result = pd.DataFrame({"command_line": frame["command_line"]})
    texts = decoded.groupby(decoded["src_index"].astype(int))["decoded_string"].first()
    result["decode_validated"] = texts.reindex(range(len(frame))).fillna("").to_numpy()
    source = decoded["src_index"].astype(int)
    found = found.assign(row=found["SourceIndex"].astype(int).map(source))
    names = {"ioc_url": "url", "ioc_ipv4": "ipv4", "ioc_domain": "dns"}
    for column, kind in names.items():
        values = found[found["IoCType"] == kind].groupby("row")["Observable"].agg("|".join)
        result[column] = values.reindex(range(len(frame))).fillna("").to_numpy()
    result["ioc_c2"] = ""
    return result


def _measured(runs: dict[str, Run], frame: pd.DataFrame, rounds: int) -> dict[str, list[float]]:
    """Seconds of each run, one after the other in turn, so that the machine's moods cancel out."""
    for run in runs.values():
        run(rows.sample())
    warm.up()  # this and the next are what every worker does before it forks
    memory.spare_forks()
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            seconds[name].append(_apart(run, frame))
    return seconds


def _apart(run: Run, frame: pd.DataFrame) -> float:
    """Seconds of one run in a forked process: no run profits from what an earlier one cached."""
    receiving, sending = os.pipe()
    if os.fork() == 0:
        run(rows.sample())  # what a fork copies at first touch is copied now
        frame = frame.map(_copied)  # as a search's rows are, which its own fork has read
        start = time.perf_counter()
        run(frame)
        os.write(sending, str(time.perf_counter() - start).encode())
        os._exit(0)
    os.close(sending)
    os.wait()
    with os.fdopen(receiving) as pipe:
        return float(pipe.read())


def _copied(text: str) -> str:
    return text.encode().decode()


def _report(seconds: dict[str, list[float]], count: int) -> dict[str, object]:
    report: dict[str, object] = {
        f"{name}_rows_per_second": round(count / statistics.median(values), 1)
        for name, values in seconds.items()
    }
    for name in ("text", "full"):
        pairs = zip(seconds["msticpy"], seconds[name], strict=True)
        ratio = statistics.median(theirs / ours for theirs, ours in pairs)
        report[f"{name}_ratio_vs_msticpy"] = round(ratio, 1)
    return report


def _growth(run: Run, frame: pd.DataFrame) -> dict[int, float]:
    """Microseconds per row at 1 to 16 times the rows, all of them different."""
    result = {}
    for times in _GROWTH:
        larger = pd.DataFrame(
            {"command_line": [f"{c} #{n}" for n in range(times) for c in frame["command_line"]]}
        )
        result[times] = round(_apart(run, larger) / len(larger) * 1e6, 1)
    return result


def _print(report: dict[str, object]) -> None:
    for name, value in report.items():
        if isinstance(value, dict):
            print(f"{name}:")
            for key, item in value.items():
                print(f"  {key!s:<10}{item}")
        else:
            print(f"{name:<28}{value}")


if __name__ == "__main__":
    main()
