"""Inspects a package of the Splunk app: build/inspect/bin/python splunk_app/inspection.py PACKAGE

Runs in the virtual environment of requirements/inspect.lock, with nothing else of this project.
Says only what is wrong; exit code 1 if anything is.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

# pylibmagic makes the C library that it carries known to python-magic.
_APPINSPECT = "import pylibmagic; from splunk_appinspect.main import execute; execute()"
# All checks, then those of Splunk Cloud alone.
_RUNS = ([], ["--included-tags", "cloud"])
# Warnings that cannot be otherwise, by their words: that there is Python at all, and that
# splunk-sdk is the last one that runs in the Python 3.9 of Splunk 9 (newer ones need 3.13).
_KNOWN = {
    "check_for_python_script_existence": "disregard this message",
    "check_python_sdk_version": "2.1.1",
}
_HARMLESS = {"success", "not_applicable", "skipped", "manual_check"}


def main(package: str) -> int:
    """Entry point: the exit code."""
    wrong = [line for options in _RUNS for line in _complaints(_report(package, options))]
    for line in dict.fromkeys(wrong):
        print(line)
    return int(bool(wrong))


def _report(package: str, options: list[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", _APPINSPECT, "inspect", package, "--mode", "precert", *options,
             "--skip-trusted-libraries-update", "--output-file", str(path)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if not path.exists():
            raise SystemExit(f"splunk-appinspect gave no report:\n{done.stderr[-2000:]}")
        report: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return report


def _complaints(report: dict[str, Any]) -> list[str]:
    """A line for each message of a check that did not succeed."""
    checks = [
        check
        for package in report["reports"]
        for group in package["groups"]
        for check in group["checks"]
        if check["result"] not in _HARMLESS
    ]
    return [
        f"{check['result']}: {check['name']}: {message['message']}"
        for check in checks
        for message in check["messages"] or [{"message": check["description"]}]
        if not _is_known(check, message["message"])
    ]


def _is_known(check: dict[str, Any], message: str) -> bool:
    expected = _KNOWN.get(check["name"])
    return check["result"] == "warning" and expected is not None and expected in message


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
