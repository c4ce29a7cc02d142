"""Lookups that were not ready when their search had to answer.

A search leaves them in the store; one process of the service takes them from there and asks, within
the providers' rates, so that the next search finds the answers in the cache.

    python -m app.enrichment.late SOCKET

SOCKET is the number of the one through which the service gives the secrets that it keeps.
"""

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from app import processes, secrets
from app.enrichment import sources
from app.enrichment.client import Client
from app.enrichment.credentials import Credentials
from app.enrichment.desk import Desk
from app.enrichment.observables import Observable
from app.enrichment.provider import Provider
from app.enrichment.store import StoreError

NAME = "lookups"
_TAKEN_OVER = "HUNT_LATE_LOOKUPS"  # set by the service for the processes of its searches
_MOST = 1000  # that are taken at once
_LOOK_SECONDS, _RESTART_SECONDS = 0.5, 30.0

log = logging.getLogger(__name__)


def text(provider: str, observable: Observable) -> str:
    """A lookup as it is left in the store."""
    return f"{provider} {observable.kind} {observable.value}"


def take_over() -> None:
    """From now on what this process and its children leave is asked by the service."""
    os.environ[_TAKEN_OVER] = "service"


def is_taken_over() -> bool:
    """Whether somebody takes what is left; else this process has to go on by itself."""
    return _TAKEN_OVER in os.environ


def keep_asking() -> None:
    """Have the process run as long as this one does, from when there is anybody to ask: keys may
    be in a vault that cannot be reached yet."""
    while True:
        if sources.choose("all", sources.sources()).providers:
            _run()
        time.sleep(_RESTART_SECONDS)


def _run() -> None:
    with secrets.default().shared() as keys:
        number = keys.fileno()
        command = [sys.executable, "-m", "app.enrichment.late", str(number)]
        subprocess.run(command, pass_fds=[number], check=False)  # noqa: S603 (our own)


def main(arguments: Sequence[str]) -> None:
    secrets.default().ask_through(socket.socket(fileno=int(arguments[0])))
    logging.basicConfig(format="%(levelname)s: %(message)s")
    processes.end_with_parent(signal.SIGTERM)
    ours = sources.sources()
    queues: dict[str, ThreadPoolExecutor] = defaultdict(lambda: ThreadPoolExecutor(1))
    while True:
        try:
            found = _by_provider(ours.store().take(NAME, _MOST))
        except StoreError as error:
            log.warning("%s", error)
            found = {}
        for name, observables in found.items():
            if provider := ours.providers.get(name):
                queues[name].submit(_ask, provider, ours, observables)
        if not found:
            time.sleep(_LOOK_SECONDS)


def _by_provider(texts: Iterable[str]) -> dict[str, list[Observable]]:
    found = defaultdict(list)
    for entry in texts:
        name, kind, value = entry.split(" ", 2)
        found[name].append(Observable(kind, value))
    return found


def _ask(provider: Provider, ours: sources.Sources, observables: list[Observable]) -> None:
    keys = secrets.default()
    credentials = Credentials(provider.secrets, lambda name: keys.get(name).reveal(), keys.refresh)
    until = time.monotonic() + ours.settings.background_seconds
    desk = Desk(Client(provider, credentials), ours.cache(), observables, until, until)
    desk.start()
    desk.wait()
    if error := desk.answers()[1]:
        log.warning("late lookups at %s: %s", provider.name, error)


if __name__ == "__main__":
    main(sys.argv[1:])
