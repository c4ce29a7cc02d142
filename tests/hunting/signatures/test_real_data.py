"""Agreement with published labels, on data that is not part of the repository."""

import csv
import gzip
import json
from pathlib import Path

import pytest

from app.hunting.signatures import classify, family

DATA = Path(__file__).parents[4] / "shared" / "data"
# Whoever sees one of these looks at the host at once: no ordinary command may show them.
ALARMING = {
    "T1003.001",
    "T1003.003",
    "T1003.006",
    "T1055",
    "T1056.001",
    "T1113",
    "T1490",
    "T1546.003",
    "T1548.002",
    "T1562.001",
    "T1562.002",
    "T1620",
}

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared test data is not there")


def rows(name):
    with gzip.open(DATA / name, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def test_families_agree_with_unit42():
    with gzip.open(DATA / "unit42_dev.jsonl.gz", "rt", encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    wrong = [
        record["id"]
        for record in records
        if family(record["cmd"], record["decoded"]) != record["family"].replace("Unknown", "")
    ]
    assert len(wrong) <= 0.005 * len(records), wrong


def test_automation_is_not_alarming():
    heads = {
        row["decoded_head"]
        for row in rows("encoded_powershell.csv.gz")
        if row["label"] == "automation"
    }
    alarming = {head: ALARMING & set(classify("powershell", head).techniques) for head in heads}
    assert {head: ids for head, ids in alarming.items() if ids} == {}


def test_ordinary_processes_are_not_alarming():
    agents = ("svchost.exe", "conhost.exe", "backgroundtaskhost.exe", "monitoringhost.exe")
    lines = {
        row["command_line"]
        for row in rows("process_events.csv.gz")
        if row["image"].lower().endswith(agents) or "WinBenignActivity" in row["command_line"]
    }
    assert len(lines) > 1000
    alarming = {line: ALARMING & set(classify(line).techniques) for line in lines}
    assert {line: ids for line, ids in alarming.items() if ids} == {}
