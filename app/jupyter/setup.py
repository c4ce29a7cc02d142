"""What Jupyter's server is told: where, with which certificate, and who may log in."""

import os
import secrets as random
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from app import settings, tls, variables
from app.jupyter.contents import HuntContentsManager
from app.jupyter.password import checked
from app.secrets import Secrets

_CODE = Path(__file__).parents[2]
_BYTES_PER_SECOND = 20_000_000  # as DSDL does: pictures and widgets are larger than Jupyter thinks


def configure(config: Any, environment: MutableMapping[str, str]) -> None:
    """Fill Jupyter's configuration object. Raises SettingsError."""
    ours = settings.load({"api_token": random.token_hex(), **environment})
    for folder in (ours.folders.notebooks, ours.folders.modules):
        folder.mkdir(parents=True, exist_ok=True)
    server = config.ServerApp
    server.root_dir = str(ours.folders.notebooks)
    server.contents_manager_class = HuntContentsManager
    server.ip = ours.host
    server.port = variables.values("jupyter", environment)["port"]
    server.port_retries = 0
    server.open_browser = False
    config.ZMQChannelsWebsocketConnection.iopub_data_rate_limit = _BYTES_PER_SECOND
    _stay_at_home(config.LabApp)
    if ours.https:
        certificate, key = tls.certificate(ours)
        server.certfile, server.keyfile = str(certificate), str(key)
    # A trash would be on another file system than the volume, or on a read-only one.
    config.FileContentsManager.delete_to_trash = False
    _protect(config, Secrets(environment))
    _equip(environment)


def _protect(config: Any, store: Secrets) -> None:
    provider = config.PasswordIdentityProvider
    if not any(status.state == "absent" for status in store.missing(["JUPYTER_PASSWD"])):
        provider.hashed_password = checked(store.get("JUPYTER_PASSWD").reveal())
        provider.token = ""
    provider.allow_password_change = False


def _stay_at_home(lab: Any) -> None:
    """JupyterLab asks no other site for anything: neither news, nor updates, nor extensions."""
    lab.news_url = None
    lab.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
    lab.extension_manager = "readonly"


def _equip(environment: MutableMapping[str, str]) -> None:
    """The environment of kernels: they find `app` and `dsdlsupport`, but not what is not theirs."""
    paths = [str(_CODE), str(_CODE / "app" / "libraries"), environment.get("PYTHONPATH")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    for name in ("api_token", "JUPYTER_PASSWD"):
        environment.pop(name, None)
