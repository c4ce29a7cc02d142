"""Runs a search on the events of standard input: python -m app.spl '| fit ...' < events.csv"""

import argparse
import os
import sys
from pathlib import Path

from app import spl
from app.hunting.visible import visible
from app.settings import Folders
from app.spl import SplError, parser, registry, search, table
from app.spl.client import Container
from app.spl.printing import FORMATS
from app.spl.table import Table

_URL = "https://localhost:5000"
_TOKEN = "api_token"  # noqa: S105 (the variable's name, the service's too)


def main(arguments: list[str] | None = None) -> int:
    """Entry point; exit code 1 if the search fails, with the reason on standard error."""
    options = _parser().parse_args(arguments)
    try:
        commands = parser.parse(options.search)
        container = Container(options.url, _token(options.token_file), options.ca)
        head = search.SearchHead(container, options.state_dir)
        result = search.run(commands, _events(commands), head)
    except SplError as error:
        print(f"error: {visible(str(error))}", file=sys.stderr)
        return 1
    _print(result, options.format)
    return 0


def _print(result: Table, style: str) -> None:
    # Whatever bytes came in go out.
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    try:
        FORMATS[style](result, sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, as head, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m app.spl",
        description=spl.__doc__,
        epilog="The token is read from the environment variable api_token, or from a file.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("search", help="fit, apply and summary, one or more, separated by |")
    add("--format", choices=FORMATS, default="table", help="what to print (default: table)")
    url = os.environ.get("HUNT_URL") or _URL
    add("--url", default=url, help=f"of the container (default: HUNT_URL, else {_URL})")
    add("--token-file", type=Path, help="a file with the token (default: api_token is it)")
    add("--ca", type=Path, default=_certificate(), help="a certificate to trust (PEM file)")
    add(
        "--state-dir",
        type=Path,
        default=registry.default_folder(),
        help="where fitted models are remembered (default: %(default)s)",
    )
    return parser


def _certificate() -> Path | None:
    """The one that a service on this machine has made for itself."""
    path = Folders(Path(os.environ.get("SRV_DIR") or "/srv")).tls / "cert.pem"
    return path if os.access(path, os.R_OK) else None


def _token(file: Path | None) -> str:
    try:
        token = file.read_text("utf-8").strip() if file else os.environ.get(_TOKEN, "")
    except (OSError, ValueError) as error:
        raise SplError(f"cannot read the token: {error}") from error
    if not token:
        raise SplError("there is no token: set api_token, or name a file with --token-file")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise SplError("the token has characters that fit into no header")
    return token


def _events(commands: list[parser.Command]) -> Table:
    """The table on standard input; summary alone needs none."""
    if isinstance(commands[0], parser.Summary):
        return Table([], [])
    if sys.stdin.isatty():
        raise SplError("there are no events: give them as CSV on standard input, < events.csv")
    return table.read(sys.stdin.buffer.read().decode("utf-8-sig", "surrogateescape"))


if __name__ == "__main__":
    sys.exit(main())
