"""Runs a hunting notebook unattended, now or by a schedule.

    python -m app.batch run notebooks/batch/daily_powershell_hunt.ipynb -p earliest -7d
    python -m app.batch run NOTEBOOK.ipynb --schedule "30 6 * * *" --hec

The executed notebook, its HTML and its result are stored in SRV_DIR/notebooks/runs/<notebook>.
Exit codes: 0 done; 1 the notebook failed (it is stored with the error in it); 2 wrong use; 3 the
result could not be sent to Splunk (it is stored).
"""

import argparse
import datetime
import logging
import signal
import sys
import threading
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from app.batch.cron import Schedule
from app.batch.run import Run, UsageError, frame, run
from app.splunk import hec
from app.splunk.errors import SplunkError
from app.splunk.findings import finding
from app.splunk.sources import of_frame

log = logging.getLogger("dsdl_hunt.batch")


def main(arguments: list[str] | None = None) -> int:
    """Entry point."""
    logging.basicConfig(format="%(asctime)s %(levelname)s: %(message)s", level=logging.WARNING)
    log.setLevel(logging.INFO)
    options = _options(arguments)
    try:
        if options.schedule is None:
            return _once(options)
        return _forever(options, threading.Event())
    except (UsageError, OSError) as error:
        print(f"app.batch: {error}", file=sys.stderr)
        return 2


def _once(options: argparse.Namespace) -> int:
    done = run(options.notebook, _parameters(options.p), options.keep, options.timeout)
    if done.error:
        log.error("%s failed: %s; see %s", options.notebook.name, done.error, done.notebook)
        return 1
    log.info("%s done: %s", options.notebook.name, done.html)
    return _send(done, options) if options.hec else 0


def _send(done: Run, options: argparse.Namespace) -> int:
    labels = hec.Labels(
        index=options.hec_index,
        sourcetype=options.hec_sourcetype,
        source=options.notebook.name,
    )
    try:
        pushed = hec.push((finding(row) for row in of_frame(frame(done))), labels)
    except SplunkError as error:
        log.error("the result is not in Splunk: %s; it is in %s", error, done.result)
        return 3
    log.info("%d events sent to Splunk, %d wait on disk", pushed.sent, pushed.spooled)
    return 0


def _forever(options: argparse.Namespace, ending: threading.Event) -> int:
    """Run by the schedule until a signal ends it. What fails is logged, and tried next time."""
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ending.set())
    while True:
        now = datetime.datetime.now(datetime.UTC)
        following = options.schedule.after(now)
        log.info("next run of %s: %s", options.notebook.name, following.isoformat())
        if ending.wait((following - now).total_seconds()):
            return 0
        _once(options)


def _parameters(given: list[tuple[str, str]]) -> dict[str, Any]:
    return {name: _value(text) for name, text in given}


def _value(text: str) -> Any:
    """Numbers, true and false as such; everything else as text."""
    value = yaml.safe_load(text) if text.strip() and len(text) < 40 else text
    return value if isinstance(value, bool | int | float) else text


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m app.batch",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="run")
    one = commands.add_parser("run", help="run a notebook")
    one.add_argument("notebook", type=Path, help="a notebook; a cell tagged `parameters` has them")
    one.add_argument(
        "-p", type=_pair, action="append", default=[], metavar="NAME VALUE", help="a parameter"
    )
    one.add_argument(
        "--schedule", type=_schedule, metavar="CRON", help='when, in UTC: "30 6 * * *"'
    )
    one.add_argument("--hec", action="store_true", help="send the result to Splunk")
    one.add_argument("--hec-index", metavar="INDEX", help="default: what the token says")
    one.add_argument("--hec-sourcetype", metavar="TYPE", default="dsdl_hunt:finding")
    one.add_argument("--keep", type=_positive, default=60, help="stored runs (default: 60)")
    one.add_argument(
        "--timeout", type=_positive, default=3600, help="seconds of a cell (default: 3600)"
    )
    return parser.parse_args(_attached(sys.argv[1:] if arguments is None else arguments))


def _attached(arguments: list[str]) -> list[str]:
    """`-p earliest -7d` as `-pearliest=-7d`: argparse would take -7d for an option."""
    done: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "-p":
            argument += "=".join(islice(rest, 2))
        done.append(argument)
    return done


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r}: use -p NAME VALUE")
    return name, value


def _schedule(text: str) -> Schedule:
    try:
        return Schedule.of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no positive whole number")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
