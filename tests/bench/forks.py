"""Runs in forked processes, so that no run profits from what an earlier one cached."""

import os
import time
from collections.abc import Callable

from app import memory


def cpu_seconds(run: Callable[[], object]) -> float:
    """CPU seconds that a run takes in a process of its own. Raises RuntimeError if it fails."""
    memory.spare_forks()  # as every worker does before it forks
    receiving, sending = os.pipe()
    if os.fork() == 0:
        start = time.process_time()
        run()
        os.write(sending, str(time.process_time() - start).encode())
        os._exit(0)
    os.close(sending)
    _, status = os.wait()
    with os.fdopen(receiving) as pipe:
        if status:
            raise RuntimeError(f"a measured run ended with status {status}")
        return float(pipe.read())
