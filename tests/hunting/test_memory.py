"""What a bomb may take, measured in a process of its own."""

import subprocess
import sys

LIMIT = 256 << 10  # KiB above what the program takes without it
PROGRAM = """
import base64, gzip, resource
from app.hunting.decode import decode

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

inner = gzip.compress(b"a" * (16 << 20), 1) * 16
line = f"powershell -e {base64.b64encode(gzip.compress(inner, 1)).decode()}"
before = peak()
decode(line)
print(peak() - before)
"""


def test_nested_gzip_bomb_stays_within_its_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60
    )
    assert int(done.stdout) < LIMIT
