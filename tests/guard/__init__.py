"""Notes and stops what a service under test sends anywhere but to this machine.

Python imports `sitecustomize` at the start of every process that has its folder on the path: the
service, what it executes, and by its audit hook all that forks from them.
"""

from collections import Counter
from pathlib import Path


def variables(log: Path) -> dict[str, str]:
    """What the environment of a service needs. Names in `.test` are this machine there."""
    return {"PYTHONPATH": str(Path(__file__).parent), "GUARD_LOG": str(log)}


def reached(log: Path) -> Counter[str]:
    """How often each `HOST:PORT` was connected to or sent to, and each `resolve HOST` asked."""
    return Counter(log.read_text().splitlines()) if log.exists() else Counter()
