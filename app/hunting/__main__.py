"""The hunting library on the command line: `python -m app.hunting decode '<command line>'`."""

import argparse
import codecs
import json
import os
import sys
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from app.hunting.decode import Decoded, decode
from app.hunting.visible import visible

_SHOWN = 4000  # characters of a layer that are shown on a terminal
_STATUS_STYLES = {"decoded": "green", "partial": "yellow", "error": "red", "none": "dim"}


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    options = _parser().parse_args(arguments)
    lines = _command_lines(options.command_line)
    results = [decode(line) for line in lines]
    if options.json:
        for result in results:
            print(json.dumps(as_json(result), ensure_ascii=False))
        return 0
    console = Console()
    for result in results:
        console.print(rendered(result))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.hunting", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="decode")
    decoder = commands.add_parser("decode", help="show the layers and IoCs of command lines")
    decoder.add_argument(
        "command_line", help="a command line, a file with one a line, or - for standard input"
    )
    decoder.add_argument("--json", action="store_true", help="one JSON object per command line")
    return parser


def _command_lines(argument: str) -> list[str]:
    if argument == "-":
        text = _text(sys.stdin.buffer.read())
    elif os.path.isfile(argument):  # noqa: PTH113 (Path.is_file raises for a long command line)
        text = _text(Path(argument).read_bytes())
    else:
        return [argument]
    return [line for line in text.splitlines() if line.strip()]


def _text(data: bytes) -> str:
    """Windows programs write UTF-16 with a byte order mark; everything else is UTF-8."""
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if is_utf16 else "utf-8-sig", "replace")


def as_json(result: Decoded) -> dict[str, Any]:
    """A result as plain data: IoCs as lists, everything else as it is."""
    data = result._asdict()
    data["layers"] = [layer._asdict() for layer in result.layers]
    data["iocs"] = {kind: list(values) for kind, values in result.iocs.items() if values}
    return data


def rendered(result: Decoded) -> Group:
    """A result for the terminal: the layers as a tree, then the IoCs as a table."""
    style = _STATUS_STYLES[result.status]
    title = Text(visible(result.command_line[:200]), "bold", overflow="ellipsis", no_wrap=True)
    tree = Tree(title, guide_style="dim")
    branches = {-1: tree}
    for index, layer in enumerate(result.layers):
        label = Text(layer.step, "cyan")
        label.append(f"  {layer.problem}" if layer.problem else "", "yellow")
        label.append(f"  {visible(layer.note)}" if layer.note else "", "dim")
        body = Syntax(
            visible(layer.text[:_SHOWN]), "powershell", word_wrap=True, background_color="default"
        )
        branches[index] = branches[layer.parent].add(Group(label, body))
    status = Text.assemble(
        ("status ", "dim"), (result.status, style), ("  " + visible(result.error), "dim")
    )
    return Group(tree, status, _findings(result), Text())


def _findings(result: Decoded) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    findings = {"c2": result.c2, **result.iocs}
    findings |= {"family": (result.family,) if result.family else ()}
    findings |= {"techniques": result.techniques}
    for name, values in findings.items():
        for value in values:
            table.add_row(name, Text(visible(value)))
    return table


if __name__ == "__main__":
    sys.exit(main())
