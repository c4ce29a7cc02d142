"""The list of components of an image, made with the interpreter of its environment."""

import json
import subprocess
import sys
from importlib.metadata import version
from urllib.parse import quote

from tests.running_service import ROOT


def _document() -> dict:
    command = [sys.executable, str(ROOT / "deploy" / "sbom.py")]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def test_sbom_names_each_distribution_with_its_version() -> None:
    document = _document()
    (pandas,) = (entry for entry in document["components"] if entry["name"] == "pandas")
    number = quote(version("pandas"), safe=".")
    assert pandas["purl"] == f"pkg:pypi/pandas@{number}"
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.5")


def test_sbom_is_the_same_for_the_same_image() -> None:
    assert _document() == _document()
