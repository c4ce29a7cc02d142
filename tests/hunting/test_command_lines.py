"""What comes out of a collection of usual commands of administrators and attackers."""

from pathlib import Path

import pytest
import yaml

from app.hunting.decode import decode

_ROWS = yaml.safe_load(Path(__file__).with_name("command_lines.yaml").read_text("utf-8"))


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row["command"][:60])
def test_command_line_gives_its_indicators_and_no_others(row: dict[str, object]) -> None:
    decoded = decode(str(row["command"]))
    found = {kind: list(values) for kind, values in decoded.iocs.items() if values}
    assert found | {"c2": list(decoded.c2)} == {"c2": []} | row["iocs"]  # type: ignore[operator]
