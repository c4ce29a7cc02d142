"""The events of the sample, made from commands.yaml."""

import csv
import datetime
import io
from pathlib import Path
from typing import Any

import yaml

from app.sample.encoders import ENCODERS

_COMMANDS = Path(__file__).parent / "commands.yaml"
_COLUMNS = ("_time", "host", "user", "ProcessId", "ParentCommandLine")
_START = datetime.datetime(2026, 3, 2, 8, 12, 5, tzinfo=datetime.UTC)
_STEP = datetime.timedelta(minutes=11, seconds=17)


def as_csv() -> str:
    """The sample as CSV text: an event for each entry of commands.yaml, in its order."""
    entries = yaml.safe_load(_COMMANDS.read_text("utf-8"))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(_event(number, entry) for number, entry in enumerate(entries))
    return text.getvalue()


def _event(number: int, entry: dict[str, Any]) -> tuple[str, ...]:
    time = _START + number * _STEP
    process = 1000 + number * 7919 % 15_000 // 4 * 4  # Windows' process ids are multiples of 4
    command = _rendered(entry["command"])[: entry.get("cut")]
    return time.isoformat(), entry["host"], entry["user"], str(process), command


def _rendered(node: str | dict[str, Any]) -> str:
    """A text, its `<inner>` replaced by the encoded inner text, and so on inwards."""
    if isinstance(node, str):
        return node
    inner = ENCODERS[node["as"]](_rendered(node["inner"]))
    return str(node["text"]).replace("<inner>", inner)
