"""Seconds and memory of every model through /fit and /apply of a running service.

    python -m tests.bench.service [--rows 100000] [MODEL ...]

Each model gets rows of its own shape, with DSDL's default limits (600 s, 2,000 MB), first
without a picture, then with `plot=true`. Memory is the job's highest (Linux only): `resident`
is VmHWM, `data` what the limit counts (VmData beyond what the job began with), both in MiB.
Also writes build/bench_service.json; the exit code is 1 if a search fails.
"""

import argparse
import json
import re
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench import service_rows
from tests.bench.service_rows import Search
from tests.running_service import TOKEN, RunningService, children, running_service

_SECONDS = 700  # longer than the limit of a search
_LOOK_SECONDS = 0.01


class Measured(NamedTuple):
    algo: str
    shape: str
    plot: bool
    step: str
    seconds: float
    resident_mb: int
    data_mb: int
    problem: str


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.service", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="rows of each search")
    parser.add_argument("models", nargs="*", metavar="MODEL", help="only these; default: all")
    arguments = parser.parse_args()
    searches = service_rows.searches(arguments.rows)
    chosen = [one for one in searches if not arguments.models or one.algo in arguments.models]
    print(f"{arguments.rows:,} rows; one search at a time; limits of 600 s and 2,000 MB")
    print(f"{'model':20}{'shape':20}{'plot':6}{'step':7}{'seconds':>8}{'resident':>10}{'data':>7}")
    with tempfile.TemporaryDirectory() as folder, running_service(
        Path(folder), api_workers="1", MAX_BODY_MB="1024"
    ) as service:  # fmt: skip
        report = [_shown(measured) for measured in _measure(service, chosen)]
    path = Path("build/bench_service.json")
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([one._asdict() for one in report], indent=2) + "\n")
    sys.exit(any(one.problem for one in report))


def _measure(service: RunningService, searches: list[Search]) -> Iterator[Measured]:
    for number, search in enumerate(searches):
        for plot in (False, True):
            for step in ("fit", "apply"):
                params = {"plot": "true"} if plot else {}
                content = json.dumps(service_rows.as_body(search, f"m{number}", **params)).encode()
                with _Memory(service) as memory:
                    start = time.perf_counter()
                    answer = _post(service, step, content)
                    seconds = round(time.perf_counter() - start, 2)
                about = search.algo, search.shape, plot, step, seconds
                yield Measured(*about, memory.resident_mb, memory.data_mb, _problem(answer, plot))


def _post(service: RunningService, step: str, content: bytes) -> dict[str, Any]:
    request = urllib.request.Request(f"{service.url}/{step}", content)
    request.add_header("Authorization", TOKEN)
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, context=service.trust(), timeout=_SECONDS) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def _problem(answer: dict[str, Any], plot: bool) -> str:
    if answer.get("status") != "success":
        return str(answer.get("message"))
    graphics = answer.get("graphics", {})
    return graphics.get("error", "") if "page" in graphics or not plot else "no picture"


def _shown(one: Measured) -> Measured:
    plot = "yes" if one.plot else "no"
    print(
        f"{one.algo:20}{one.shape:20}{plot:6}{one.step:7}{one.seconds:8.2f}"
        f"{one.resident_mb:10}{one.data_mb:7}  {one.problem}",
        flush=True,
    )
    return one


class _Memory:
    """Looks at the job while it runs: the child of a worker."""

    def __init__(self, service: RunningService) -> None:
        self.resident_mb = self.data_mb = 0
        self._service = service
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "_Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        first: dict[int, int] = {}
        while not self._done.wait(_LOOK_SECONDS):
            for job in (job for pid in self._service.workers() for job in children(pid)):
                if found := _status(job):
                    resident, data = found
                    self.resident_mb = max(self.resident_mb, resident // 1024)
                    grown = data - first.setdefault(job, data)
                    self.data_mb = max(self.data_mb, grown // 1024)


def _status(pid: int) -> tuple[int, int] | None:
    """Highest resident and present data memory of a process in KiB; None once it has ended."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    found = dict(re.findall(r"(VmHWM|VmData):\s*(\d+) kB", text))
    return (int(found["VmHWM"]), int(found["VmData"])) if len(found) == 2 else None


if __name__ == "__main__":
    main()
