"""Events to and from Splunk at the command line; docs/splunk_data.md says what to set.

python -m app.splunk search 'index=win EventCode=1 | table CommandLine' --earliest -7d > rows.csv
python -m app.splunk push events.csv --index hunt        # a file, or a folder of files
python -m app.splunk replay                              # send what waits on disk
"""

import argparse
import sys
from pathlib import Path

from app.splunk import hec, search
from app.splunk.errors import SplunkError


def main(arguments: list[str] | None = None) -> int:
    """Entry point; exit code 1 if Splunk does not give or take it, or events still wait."""
    options = _options(arguments)
    try:
        return int(options.run(options))
    except (SplunkError, OSError, ValueError) as error:
        print(f"app.splunk: {error}", file=sys.stderr)
        return 1


def _search(options: argparse.Namespace) -> int:
    frame = search.search(options.query, options.earliest, options.latest, delim="\n")
    frame.to_csv(sys.stdout, index=False)
    for message in frame.attrs["messages"]:
        print(message, file=sys.stderr)
    return 0


def _push(options: argparse.Namespace) -> int:
    labels = hec.Labels(options.index, options.sourcetype, options.source)
    if options.path.is_dir():
        return _told(hec.push_folder(options.path, labels=labels))
    return _told(hec.push_file(options.path, labels))


def _replay(_: argparse.Namespace) -> int:
    waiting = hec.replay()
    print(f"{waiting} batches wait on disk")
    return 1 if waiting else 0


def _told(pushed: hec.Pushed) -> int:
    print(f"{pushed.sent} events sent, {pushed.spooled} wait on disk")
    return 1 if pushed.spooled else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m app.splunk",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    pull = commands.add_parser("search", help="print the rows of a search as CSV")
    pull.add_argument("query", help="SPL")
    pull.add_argument("--earliest", default="-24h", help="default: -24h")
    pull.add_argument("--latest", default="now", help="default: now")
    pull.set_defaults(run=_search)
    push = commands.add_parser("push", help="send a file, or every file of a folder")
    push.add_argument("path", type=Path)
    for label in ("index", "sourcetype", "source"):
        push.add_argument(f"--{label}", help="default: what the token says")
    push.set_defaults(run=_push)
    commands.add_parser("replay", help="send what waits on disk").set_defaults(run=_replay)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
