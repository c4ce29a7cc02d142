"""Copies splunklib from the installed splunk-sdk into an app: python splunk_app/vendor.py APP

The app's commands import it from APP/lib. Nothing of that is committed
but its licence, which its package does not have.
"""

import shutil
import sys
from importlib import metadata
from pathlib import Path

VERSION = "2.1.1"  # runs in Splunk's Python 3.9; later ones need 3.13
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "modularinput")


def fill(app: Path) -> Path:
    """Make APP/lib anew; returns it. Raises RuntimeError if another version is installed."""
    sdk = metadata.distribution("splunk-sdk")
    if sdk.version != VERSION:
        raise RuntimeError(f"splunk-sdk is {sdk.version}, not {VERSION}: use Python 3.11 or 3.12")
    library = app / "lib"
    shutil.rmtree(library, ignore_errors=True)
    shutil.copytree(str(sdk.locate_file("splunklib")), library / "splunklib", ignore=_LEFT_OUT)
    return library


if __name__ == "__main__":
    print(fill(Path(sys.argv[1])))
