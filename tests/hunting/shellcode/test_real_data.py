"""The published commands with known answers, where they are at hand: every C2 found, none invented."""

import base64
import gzip
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.hunting.shellcode import analyse, find_blobs

TRUTH = Path(__file__).parents[4] / "shared" / "data" / "unit42_dev.jsonl.gz"
COMPRESSED = re.compile(r"H4sI[A-Za-z0-9+/]{60,}")


def scripts(script: str) -> Iterator[str]:
    yield script
    for match in COMPRESSED.finditer(script):
        data = base64.b64decode(match.group()[: len(match.group()) & ~3])
        yield zlib.decompressobj(31).decompress(data).decode("latin-1")


@pytest.mark.skipif(not TRUTH.exists(), reason="needs ../shared/data/unit42_dev.jsonl.gz")
def test_every_c2_in_shellcode_is_found_and_none_invented() -> None:
    with gzip.open(TRUTH, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    missed, invented = [], []
    for record in records:
        blobs = [
            blob
            for script in scripts(record["decoded"])
            for blob in find_blobs(script.encode()).blobs
        ]
        found = {item for blob in blobs if (code := analyse(blob)) for item in code.c2}
        if record["c2_source"] in ("shellcode", "encoded_shellcode"):
            missed += [record["id"]] if not found.issuperset(record["c2"]) else []
        known = {*record["c2"], *record.get("c2_maybe", [])}
        invented += [item for item in found - known if not item.startswith("smb://")]
    assert (missed, invented) == ([], [])
