"""Runs the indexing of a feeds folder in a process of its own, so that no search waits for it."""

import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

_AFTER_FAILURE = 600.0  # seconds until a build that failed is tried again
_log = logging.getLogger(__name__)


class Builder:
    """At most one process at a time; those of other workers are kept out by the index's lock."""

    def __init__(self, folder: Path, index: Path) -> None:
        self._command = [sys.executable, "-m", "app.enrichment.feed_index", str(folder), str(index)]
        self._waiting: threading.Thread | None = None
        self._not_before = 0.0

    def start(self) -> None:
        """Start a build, unless one is running or the last one failed a short time ago."""
        if (self._waiting and self._waiting.is_alive()) or time.monotonic() < self._not_before:
            return
        process = subprocess.Popen(  # noqa: S603 (this program itself)
            self._command,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # the build outlives the search, and its worker
        )
        self._waiting = threading.Thread(target=self._wait, args=(process,), daemon=True)
        self._waiting.start()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        if status := process.wait():
            _log.warning("feeds: indexing ended with status %d; next try in 10 minutes", status)
            self._not_before = time.monotonic() + _AFTER_FAILURE
