"""The app as it is installed, and splunkd beside it."""

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest

from app.spl.splunkd import splunkd
from tests.running_service import ROOT, TOKEN

APP = ROOT / "splunk_app" / "dsdl_hunt"


def installed(folder: Path) -> Path:
    """A copy of the app with its libraries."""
    spec = importlib.util.spec_from_file_location("vendor", ROOT / "splunk_app" / "vendor.py")
    vendor = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(vendor)
    app = folder / "dsdl_hunt"
    shutil.copytree(APP, app, ignore=shutil.ignore_patterns("__pycache__"))
    vendor.fill(app)
    return app


def python_of_splunk(version: str) -> str:
    """A Python of this version, where the machine has one."""
    installed = (Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python{version}")
    found = next(map(str, installed), None) or shutil.which(f"python{version}")
    if not found or "shims" in found:
        pytest.skip(f"there is no Python {version} here")
    return found


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    if sys.version_info >= (3, 13):
        pytest.skip("the app's splunk-sdk is not the one for this Python")
    return installed(tmp_path_factory.mktemp("apps"))


@pytest.fixture
def rest(service):
    """splunkd with the app set up for the running service."""
    certificate = service.srv / "app" / "tls" / "cert.pem"
    with splunkd(TOKEN, url=service.url, ca_path=str(certificate)) as running:
        yield running
