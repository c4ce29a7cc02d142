"""The flagship on published malicious commands with known answers, where they are at hand."""

import pytest

from app.hunting import powershell
from tests.bench import rows

records = rows.truth()
pytestmark = pytest.mark.skipif(not records, reason="../shared/data is not here")


def test_published_commands_decode_and_their_c2_is_found() -> None:
    shares = rows.accuracy(records, lambda frame: powershell.annotate(frame, "command_line"))
    assert shares["decode exact"] == "100.00%"
    assert shares["url usable"] == "100.00%"
    least = {
        "url in truth": 99.0,
        "c2 all": 98.0,
        "c2 any": 99.0,
        "hosts all": 98.5,
        "c2 in truth": 99.5,
    }
    assert {name: float(shares[name].rstrip("%")) >= share for name, share in least.items()} == (
        dict.fromkeys(least, True)
    )
