"""Tells which secrets are there, and never their values: python -m app.secrets status [NAME ...]"""

import argparse
import sys
from collections.abc import Sequence

from app.secrets import Secrets, Status, names
from app.variables import SettingsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; exit code 1 if a secret has a place that does not give it, 2 for mistakes."""
    parser = argparse.ArgumentParser(prog="python -m app.secrets", description=__doc__)
    commands = parser.add_subparsers(required=True)
    status = commands.add_parser("status", help="each secret: whether it is there, and where from")
    status.add_argument("names", nargs="*", metavar="NAME", help="besides the known ones")
    try:
        secrets = Secrets()
        found = secrets.status(parser.parse_args(arguments).names)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    print(_table(found))
    for mistake in secrets.msticpy.mistakes:
        print(mistake, file=sys.stderr)
    if secrets.msticpy.mistakes:
        return 2
    return 1 if any(each.state == "unavailable" for each in found) else 0


def _table(found: Sequence[Status]) -> str:
    width = max(len(each.name) for each in found)
    return "\n".join(f"{each.name:{width}}  {each.state:11}  {_about(each)}" for each in found)


def _about(status: Status) -> str:
    if status.state == "absent":
        return f"for {names.known()[status.name]}" if status.name in names.known() else status.why
    return "; ".join(filter(None, (status.place, status.why)))


if __name__ == "__main__":
    sys.exit(main())
