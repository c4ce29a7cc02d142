"""Memory of a process: what a job may take, and what malloc does with what it got.

A limit shows as MemoryError in the module's code.
"""

import contextlib
import ctypes
import gc
import re
import resource
from pathlib import Path

_STATUS = Path("/proc/self/status")
_MIB = 1 << 20
_GARBAGE = 20_000  # new objects that refer to others, between two looks for garbage in cycles
# Options of glibc's mallopt(3).
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def limit(extra_mb: float, before: int) -> None:
    """Let this process use so much more data memory than `before` (bytes)."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = before + int(extra_mb * _MIB)
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


def spare_forks() -> None:
    """Leave what is loaded now out of all looks for garbage, so that forks share its pages, and
    look less often: a fork's garbage ends with it."""
    gc.freeze()
    gc.set_threshold(_GARBAGE)


def keep_buffers() -> None:
    """Use the buffers of a large body again instead of giving each of them back to the system:
    its pages would have to be cleared and mapped anew, which is half of the work of passing it on.
    """
    with contextlib.suppress(OSError, AttributeError):  # not glibc
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, 4 * _MIB)
        libc.mallopt(_M_TRIM_THRESHOLD, 16 * _MIB)
