"""How much memory a job may take. A limit shows as MemoryError in the module's code."""

import ctypes
import gc
import re
import resource
from pathlib import Path

_STATUS = Path("/proc/self/status")
MIB = 1 << 20


def limit(extra_mb: float, before: int) -> None:
    """Let this process use so much more data memory than `before` (bytes)."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = before + int(extra_mb * MIB)
    resource.setrlimit(resource.RLIMIT_DATA, (soft if hard < 0 else min(soft, hard), hard))


def unlimit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def in_use() -> int:
    """The data memory of this process in bytes, as RLIMIT_DATA counts it (Linux; else 0)."""
    try:
        found = re.search(r"VmData:\s*(\d+) kB", _STATUS.read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def release() -> None:
    """Give what a job has freed back to the system: between jobs a worker should be small."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):  # not glibc
        return
