"""Measures a model against msticpy: accuracy and seconds, side by side.

    python -m tests.bench.models [NAME ...]

Every module of this package has `measure() -> dict` (what is measured -> value), which takes
turns between the two, on one core, and needs ../shared/data. The result goes to build/bench_<name>.json.
"""

import argparse
import importlib
import json
import os
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.models", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    for name in parser.parse_args().names or NAMES:
        report = importlib.import_module(f"tests.bench.models.{name}").measure()
        print(f"{name}:")
        for what, value in report.items():
            print(f"  {what:<44}{value}")
        path = Path("build") / f"bench_{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(report, indent=2, default=str) + "\n")


if __name__ == "__main__":
    main()
