"""A search with lookups through the service: 100,000 rows, 3,000 distinct observables.

    python -m tests.bench.ti_lookup [--entries N]

Half of the observables are in feeds of N entries (2,000,000 by default), which are indexed first.
Prints the seconds of `| apply` over HTTPS, with CSV and JSON both ways, and of the second one; and
the most memory that the process of the search has had, with the libraries that it shares.
"""

import argparse
import contextlib
import os
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from app.enrichment.feeds import Feeds
from tests.bench.feeds import rows, write_feeds
from tests.running_service import RunningService, children, running_service

_LOOK_SECONDS = 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--entries", type=int, default=2_000_000, help="in all feeds together")
    entries = parser.parse_args().entries
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as temporary:
        folder, srv = Path(temporary, "feeds"), Path(temporary, "srv")
        folder.mkdir()
        write_feeds(folder, entries)
        Feeds(folder, srv / "app" / "lookups" / "feeds").refresh()
        data = pd.DataFrame({"observable": rows(entries)}).to_csv(index=False)
        with running_service(srv, HUNT_FEEDS=str(folder), api_workers="1") as service:
            service.fit("observable\nx\n", "ti_lookup", "ti")
            for name in ("first", "second"):
                with _watched(service) as peaks:
                    start = time.perf_counter()
                    response = service.apply(data, "ti_lookup", "ti")
                    seconds = time.perf_counter() - start
                malicious = response["results"].count(",malicious,")
                print(
                    f"{name} apply: {seconds:.2f} s, {malicious} of 100000 rows malicious,"
                    f" {max(peaks.values()) // 1024} MB"
                )


@contextlib.contextmanager
def _watched(service: RunningService) -> Iterator[dict[int, int]]:
    """The most resident memory (KiB) of each job, by process id."""
    peaks: dict[int, int] = {}
    over = threading.Event()

    def look() -> None:
        while not over.wait(_LOOK_SECONDS):
            for job in (job for worker in service.workers() for job in children(worker)):
                with contextlib.suppress(OSError):  # it has ended
                    status = Path(f"/proc/{job}/status").read_text()
                    if found := re.search(r"VmHWM:\s*(\d+)", status):
                        peaks[job] = int(found[1])

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()


if __name__ == "__main__":
    main()
