"""Batches that wait on disk while Splunk is away: bounded, and sent in the order they came.

A folder of gzip files, named by the time they were put there. Every process of the service uses the
same folder; a lock makes them take turns.
"""

import contextlib
import fcntl
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.files import replacing
from app.splunk.errors import SplunkError

_ENDING = ".hec.gz"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Spool:
    """A folder, and how many bytes may wait in it."""

    folder: Path
    most: int

    def waiting(self) -> list[Path]:
        """The batches, oldest first."""
        return sorted(self.folder.glob(f"*{_ENDING}"))

    def add(self, batch: bytes) -> None:
        """Keep a compressed batch. Raises SplunkError if there is no room, and OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._turn():
            used, rejected = _bytes(self.waiting()), _bytes(self.folder.glob("*.rejected"))
            if used + rejected + len(batch) > self.most:
                raise SplunkError(
                    f"Splunk is away, and {used >> 20} MB wait in {self.folder} already, beside"
                    f" {rejected >> 20} MB that it rejected: raise HUNT_SPOOL_MB, bring the"
                    " collector back, or delete what is *.rejected"
                )
            name = f"{time.time_ns():020}-{uuid.uuid4().hex[:8]}{_ENDING}"
            with replacing(self.folder / name, mode=0o660) as file:
                file.write(batch)

    def replay(self, send: Callable[[bytes], None]) -> int:
        """Send what waits, oldest first; how many batches. Stops at what `send` raises.

        A batch that Splunk does not understand, or that is too large for it, is set aside as
        *.rejected: it would stop all others for ever.
        """
        if not self.waiting():
            return 0
        with self._turn():
            batches = self.waiting()
            for path in batches:
                self._send(path, send)
            return len(batches)

    def _send(self, path: Path, send: Callable[[bytes], None]) -> None:
        try:
            send(path.read_bytes())
        except SplunkError as error:
            if error.status not in (400, 413):
                raise
            log.error("Splunk rejects %s, which is set aside: %s", path, error)
            path.rename(path.with_suffix(".rejected"))
        else:
            path.unlink()

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        with (self.folder / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _bytes(files: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in files)
