"""JupyterLab beside the service, in DEV mode: started, watched, and ended with it."""

import importlib.util
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.secrets import MissingSecretError, Secrets
from app.settings import SettingsError

_CONFIG = Path(__file__).parent / "jupyter" / "jupyter_server_config.py"
COMMAND = (sys.executable, "-m", "jupyterlab", "--config", str(_CONFIG))
_RESTART_SECONDS = 5
_STOP_SECONDS = 5
_LOOK_SECONDS = 0.2

log = logging.getLogger("dsdl_hunt")


def check() -> None:
    """Raises SettingsError if JupyterLab is not here, or its password would protect nothing."""
    _look_for("jupyter_server")
    from app.jupyter.password import checked  # needs Jupyter, which PROD does not have

    try:
        checked(Secrets(os.environ).get("JUPYTER_PASSWD").reveal())
    except MissingSecretError as error:
        raise SettingsError(f"JUPYTER_PASSWD is needed in DEV: {error}") from error
    _look_for("jupyterlab")


def _look_for(package: str) -> None:
    if not importlib.util.find_spec(package):
        raise SettingsError(
            "MODE_DEV_PROD is DEV, but JupyterLab is not installed: use the image dsdl-hunt:dev"
        )


@contextmanager
def beside(command: Sequence[str] = COMMAND) -> Iterator[None]:
    """Have JupyterLab run as long as the context lasts; if it ends by itself, start it again."""
    ending = threading.Event()
    keeper = threading.Thread(target=_keep, args=(command, ending))
    keeper.start()
    try:
        yield
    finally:
        ending.set()
        keeper.join()


def _keep(command: Sequence[str], ending: threading.Event) -> None:
    while not ending.is_set():
        process = subprocess.Popen(command)  # noqa: S603 (a fixed command)
        while process.poll() is None and not ending.wait(_LOOK_SECONDS):
            pass
        if not ending.is_set():
            log.warning("JupyterLab ended with exit code %d: starting it again", process.returncode)
            ending.wait(_RESTART_SECONDS)
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end its kernels, and end it if that takes long."""
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
