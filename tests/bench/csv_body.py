"""Measures one large search: how long, how much memory, and who else has to wait.

    python -m tests.bench.csv_body [--mb 190] [--runs 3]

Sends the same body over HTTPS to a service that does everything the plain way (see
standard_library.py) and to ours, in turn. Memory is the highest sum over all processes of the
service, each shared page counted once (PSS, Linux only). Meanwhile GET /summary is asked for every
20 ms: its 99th percentile.
"""

import argparse
import base64
import contextlib
import http.client
import json
import random
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from app import settings, tls
from tests.running_service import ROOT, TOKEN, body, environment

ROW_NUMBERS = """
import pandas as pd
def init(df, param): return {}
def fit(model, df, param): pass
def apply(model, df, param): return pd.DataFrame(df.index, columns=["index"])
def save(model, name): pass
"""


Service = Callable[[Path], contextlib.AbstractContextManager[tuple[int, str]]]


class Measured(NamedTuple):
    seconds: float
    peak_mb: float
    summary_p99_ms: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.csv_body", description=__doc__)
    parser.add_argument("--mb", type=int, default=190, help="size of the body")
    parser.add_argument("--runs", type=int, default=3, help="times that each body is sent")
    arguments = parser.parse_args()
    bodies = {"command lines": _text(arguments.mb), "numbers": _numbers(arguments.mb)}
    for name, data in bodies.items():
        content = json.dumps(body(data, "row_numbers")).encode()
        plain = _measure(_plain_service, content, arguments.runs)
        ours = _measure(_our_service, content, arguments.runs)
        rows = data.count("\n") - 1
        print(f"\n{name}: {len(content) / 1e6:.0f} MB, {rows:,} rows, {arguments.runs} runs")
        print("                        first s   median s   peak MB   /summary p99 ms")
        for label, runs in (("standard library", plain), ("this service", ours)):
            print(
                f"{label:20} {runs[0].seconds:10.2f} {statistics.median(r.seconds for r in runs):10.2f}"
                f" {max(r.peak_mb for r in runs):9.0f} {max(r.summary_p99_ms for r in runs):12.0f}"
            )


def _text(mb: int) -> str:
    """Rows with a command line of 1.9 kB and a few short fields."""
    chance = random.Random(1)
    rows = (
        f'"C:\\Windows\\powershell.exe ""-NoP"" -enc '
        f'{base64.b64encode(chance.randbytes(1350)).decode()}",host{i % 500},{i},{i % 7}\n'
        for i in range(mb * 1_000_000 // 1878)
    )
    return "ParentCommandLine,host,id,n\n" + "".join(rows)


def _numbers(mb: int) -> str:
    rows = mb * 1_000_000 // 107
    chance = np.random.default_rng(0)
    columns = {name: chance.normal(size=rows) for name in "abcd"}
    frame = pd.DataFrame({"_time": 1_600_000_000 + np.arange(rows), **columns, "n": range(rows)})
    return frame.to_csv(index=False)


@contextlib.contextmanager
def _plain_service(folder: Path) -> Iterator[tuple[int, str]]:
    pair = tls.certificate(settings.load({"api_token": TOKEN, "SRV_DIR": str(folder)}))
    command = [sys.executable, "-m", "tests.bench.standard_library", *map(str, pair)]
    with _process(command, folder) as started:
        yield started


@contextlib.contextmanager
def _our_service(folder: Path) -> Iterator[tuple[int, str]]:
    modules = folder / "app" / "model"
    modules.mkdir(parents=True)
    (modules / "row_numbers.py").write_text(ROW_NUMBERS)
    with _process([sys.executable, "-m", "app"], folder) as started:
        yield started


@contextlib.contextmanager
def _process(command: list[str], folder: Path) -> Iterator[tuple[int, str]]:
    """Start a service; gives its process id and the URL that it names."""
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(folder), stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            line = next(line for line in process.stderr if "listening on" in line)
            yield process.pid, line.rsplit(maxsplit=1)[-1]
        finally:
            process.terminate()


def _measure(service: Service, content: bytes, runs: int) -> list[Measured]:
    with tempfile.TemporaryDirectory() as folder, service(Path(folder)) as (pid, url):
        time.sleep(2)  # until its workers have settled
        return [_one(pid, url, content) for _ in range(runs)]


def _one(pid: int, url: str, content: bytes) -> Measured:
    done = threading.Event()
    peaks, waits = [0.0], []
    watchers = [
        threading.Thread(target=_watch_memory, args=(pid, done, peaks)),
        threading.Thread(target=_ask_summary, args=(url, done, waits)),
    ]
    for watcher in watchers:
        watcher.start()
    start = time.perf_counter()
    with contextlib.closing(_connect(url)) as connection:
        answer = json.loads(_request(connection, "POST", "/fit", content))
    seconds = time.perf_counter() - start
    done.set()
    for watcher in watchers:
        watcher.join()
    assert answer["status"] == "success", answer["message"]
    return Measured(seconds, max(peaks), 1000 * float(np.percentile(waits, 99)))


def _connect(url: str) -> http.client.HTTPSConnection:
    return http.client.HTTPSConnection(
        urllib.parse.urlsplit(url).netloc, context=ssl._create_unverified_context()
    )


def _request(connection: http.client.HTTPSConnection, *what: object) -> bytes:
    connection.request(*what, headers={"Authorization": TOKEN})
    return connection.getresponse().read()


def _ask_summary(url: str, done: threading.Event, waits: list[float]) -> None:
    with contextlib.closing(_connect(url)) as connection:
        while not done.wait(0.02):
            start = time.perf_counter()
            _request(connection, "GET", "/summary")
            waits.append(time.perf_counter() - start)


def _watch_memory(pid: int, done: threading.Event, peaks: list[float]) -> None:
    while not done.wait(0.1):
        peaks.append(sum(map(_pss_mb, _family(pid))))


def _family(pid: int) -> list[int]:
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for path in lists for child in path.read_text().split()]
    return [pid, *(member for child in children for member in _family(child))]


def _pss_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("Pss:")), 0.0)


if __name__ == "__main__":
    main()
