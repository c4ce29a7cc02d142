"""Prints what an image is made of as a CycloneDX 1.5 document (JSON): sbom.py > sbom.cdx.json

Python distributions of the interpreter that runs this, and Debian's packages, if there are any.
Format: https://cyclonedx.org/docs/1.5/json/; package URLs: https://github.com/package-url/purl-spec.
"""

import json
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

_DPKG_STATUS = Path("/var/lib/dpkg/status")


def document() -> dict:
    """The whole document. It has no date and no serial number: the same image, the same text."""
    components = [*_python(), *_debian()]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": "dsdl-hunt"}},
        "components": sorted(components, key=lambda component: component["purl"]),
    }


def _python() -> Iterator[dict]:
    for distribution in metadata.distributions():
        name, about = distribution.metadata["Name"], distribution.metadata
        found = _component(name, distribution.version, f"pypi/{_normal(name)}")
        # Old packages put the whole text of their licence there.
        licence = about.get("License-Expression") or about.get("License") or ""
        if licence and "\n" not in licence:
            found["licenses"] = [{"license": {"name": licence}}]
        yield found


def _debian() -> Iterator[dict]:
    text = _DPKG_STATUS.read_text("utf-8") if _DPKG_STATUS.exists() else ""
    for paragraph in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line)
        if fields.get("Status", "").endswith(" installed"):
            yield _component(
                fields["Package"], fields["Version"], f"deb/debian/{fields['Package']}"
            )


def _component(name: str, version: str, place: str) -> dict:
    purl = f"pkg:{place}@{quote(version, safe='.-~:')}"
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _normal(name: str) -> str:
    return name.lower().replace("_", "-")


if __name__ == "__main__":
    json.dump(document(), sys.stdout, indent=1)
