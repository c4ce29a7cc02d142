"""What is made ready before any search: importing this module does it, once for all workers.

Each search runs in a fork of a worker, and what it caches ends with it. A cache that is worth more
than one search is filled here, by a function of `app` that starts no thread and opens no
connection. Libraries that a search imported are imported by its worker afterwards; modules of
users never are.
"""

import importlib
import importlib.util
import io
import logging
import sys
import sysconfig
from collections.abc import Callable, Iterable
from pathlib import Path

from app import frames
from app.enrichment import sources
from app.hunting import models
from app.hunting import warm as hunting
from app.secrets import names as secret_names

log = logging.getLogger(__name__)

_INSTALLED = [
    Path(__file__).parent,
    *(Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")),
]


def _read_and_write() -> None:
    """pandas imports parts of itself at first use."""
    frames.write(frames.read(io.BytesIO(b"text,number,float\nx,1,0.5\n,2,\n")))


def _read_descriptions() -> None:
    """Of models and secrets: they are YAML, which takes tens of milliseconds each."""
    for name in models.names():
        models.model(name)
    secret_names.known()


STEPS: tuple[Callable[[], object], ...] = (_read_and_write, _read_descriptions, sources.warm)


def libraries(names: Iterable[str]) -> None:
    """Import those of these modules that are the service's own or installed, never a user's."""
    for name in names:
        if name not in sys.modules and _is_installed(name.partition(".")[0]):
            try:
                importlib.import_module(name)
            except Exception as error:  # some can be imported only by what a search did before
                log.debug("module %s stays cold: %r", name, error)


def _is_installed(package: str) -> bool:
    try:
        found = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return False
    origin = Path(found.origin or "") if found else Path()
    return any(origin.is_relative_to(folder) for folder in _INSTALLED)


def _do(step: Callable[[], object]) -> None:
    try:
        step()
    except Exception:  # the search that needs it will be told
        log.exception("cannot warm up")


def up() -> None:
    """What a worker does by itself, as soon as it is idle."""
    _do(hunting.up)


for one in STEPS:
    _do(one)
