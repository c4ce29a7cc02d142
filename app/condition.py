"""How the service and what its lookups use are doing, for a dashboard: GET /v1/status.

What lookups use is told by a process of its own: opening its stores and trying its connections has
no place among requests.
"""

import asyncio
import json
import logging
import shutil
import sys
import time
from pathlib import Path

from app import __version__
from app.workers import Workers

_ROOT = Path(__file__).parents[1]
_COMMAND = (sys.executable, "-m", "app.enrichment", "status", "--json")
_SECONDS = 30
_LEAST_FREE = 0.05  # of the disk
_started = time.monotonic()
_alone = asyncio.Semaphore(1)

log = logging.getLogger(__name__)

Entry = dict[str, str]


async def entries(workers: Workers, data: Path) -> list[Entry]:
    """The service, its data folder, then each provider, feed and database: part, name, state (ok,
    off, warning, error), left (requests of today), cached (share of answers that the cache had),
    remarks."""
    return [*_service(workers), _disk(data), _spool(data), *await _lookups()]


def _service(workers: Workers) -> list[Entry]:
    wanted, running, waiting = workers.counts
    state = "ok" if running == wanted else "warning" if running else "error"
    busy = f"{running} of {wanted} run, {running - waiting} of them a search"
    hours = (time.monotonic() - _started) / 3600
    return [
        _entry("service", "version", "ok", f"{__version__}, up {hours:.1f} hours"),
        _entry("service", "workers", state, busy),
    ]


def _disk(data: Path) -> Entry:
    disk = shutil.disk_usage(data)
    state = "ok" if disk.free > _LEAST_FREE * disk.total else "warning"
    return _entry(
        "service", "disk", state, f"{disk.free >> 20:,} of {disk.total >> 20:,} MB are free"
    )


def _spool(data: Path) -> Entry:
    """Findings that wait for Splunk."""
    files = [path for path in (data / "app" / "spool").rglob("*") if path.suffix != ".lock"]
    waiting = sum(path.name.endswith(".gz") for path in files)
    rejected = sum(path.suffix == ".rejected" for path in files)
    state = "warning" if waiting or rejected else "ok"
    return _entry("service", "spool", state, f"{waiting} batches wait, {rejected} were rejected")


async def _lookups() -> list[Entry]:
    async with _alone:
        process = await asyncio.create_subprocess_exec(
            *_COMMAND, cwd=_ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            text, _ = await asyncio.wait_for(process.communicate(), _SECONDS)
            found: list[Entry] = json.loads(text)
        except (TimeoutError, ValueError) as error:
            log.warning("the status of lookups is not known: %s", type(error).__name__)
            return [_entry("lookups", "", "error", "do not tell how they are: see the log")]
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return found


def _entry(part: str, name: str, state: str, remarks: str) -> Entry:
    about = {"part": part, "name": name, "state": state}
    return {**about, "left": "-", "cached": "-", "remarks": remarks}
