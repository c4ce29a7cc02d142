"""A search with lookups through the service: 100,000 rows, 3,000 distinct observables.

    python -m tests.bench.ti_lookup [--entries N]

Half of the observables are in feeds of N entries (2,000,000 by default), which are indexed first.
Prints the seconds of `| apply` over HTTPS, with CSV and JSON both ways, and of the second one.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import pandas as pd

from app.enrichment.feeds import Feeds
from tests.bench.feeds import rows, write_feeds
from tests.running_service import running_service


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
                start = time.perf_counter()
                response = service.apply(data, "ti_lookup", "ti")
                seconds = time.perf_counter() - start
                malicious = response["results"].count(",malicious,")
                print(f"{name} apply: {seconds:.2f} s, {malicious} of 100000 rows malicious")


if __name__ == "__main__":
    main()
