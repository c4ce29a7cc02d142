"""One run of a notebook: executed in a kernel of its own, stored with its HTML and its result."""

# mypy: allow-untyped-calls

import datetime
import logging
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import papermill
from nbconvert import HTMLExporter
from papermill.exceptions import PapermillExecutionError

from app import settings
from app.batch import redaction, result
from app.files import replacing

_LIBRARIES = Path(__file__).parents[1] / "libraries"
_CODE = Path(__file__).parents[2]

log = logging.getLogger(__name__)


class UsageError(ValueError):
    """The run is not described rightly; the text says what to change."""


@dataclass(frozen=True)
class Run:
    """What is kept of a run. `error` is "" for a good one; `result` None if it gave none."""

    notebook: Path
    html: Path
    result: Path | None
    error: str


def run(notebook: Path, parameters: Mapping[str, Any], keep: int, seconds: int) -> Run:
    """Run a notebook and store it below SRV_DIR/notebooks/runs, failed or not.

    `keep`: how many runs of it stay stored. `seconds`: the longest time of a cell.
    Raises UsageError for parameters that it does not have, OSError if nothing can be stored.
    """
    _check(notebook, parameters)
    values = redaction.known()
    with tempfile.TemporaryDirectory(prefix="hunt-batch-") as name:
        work = Path(name)
        error = _execute(notebook, parameters, work, seconds)
        return _store(notebook, work, redaction.redacted(error, values), values, keep)


def _check(notebook: Path, parameters: Mapping[str, Any]) -> None:
    if not notebook.is_file():
        raise UsageError(f"there is no notebook {str(notebook)!r}")
    try:
        has = papermill.inspect_notebook(str(notebook))
    except ValueError as error:
        raise UsageError(f"{notebook} cannot be run: {error}") from error
    for name in parameters:
        if name not in has:
            choice = ", ".join(sorted(has)) or "none: tag a cell with `parameters`"
            raise UsageError(f"{notebook.name} has no parameter {name!r}; it has: {choice}")
        if redaction.is_secret_name(name):
            raise UsageError(
                f"parameter {name!r}: secrets are no parameters, which are stored; let the notebook"
                " ask app.secrets for it"
            )


def _execute(notebook: Path, parameters: Mapping[str, Any], work: Path, seconds: int) -> str:
    """Run in a kernel; why it failed, or ""."""
    os.environ[result.VARIABLE] = str(work / "result.csv")
    os.environ.pop("api_token", None)
    _put_on_path(_CODE, _LIBRARIES)
    try:
        papermill.execute_notebook(
            str(notebook),
            str(work / "executed.ipynb"),
            parameters=dict(parameters),
            progress_bar=False,
            request_save_on_cell_execute=False,
            execution_timeout=seconds,
        )
    except PapermillExecutionError as error:
        return f"cell {error.exec_count}: {error.ename}: {error.evalue}"
    except TimeoutError:
        return f"a cell ran longer than {seconds} seconds"
    except RuntimeError as error:  # the kernel died or does not start
        return str(error) or type(error).__name__
    finally:
        del os.environ[result.VARIABLE]
    return ""


def _put_on_path(*folders: Path) -> None:
    before = os.environ.get("PYTHONPATH", "")
    missing = [str(folder) for folder in folders if str(folder) not in before.split(os.pathsep)]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [*missing, before]))


def _store(notebook: Path, work: Path, error: str, values: list[str], keep: int) -> Run:
    folder = settings.folders().notebooks / "runs" / notebook.stem
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H%M%S.%f}Z"
    text = (work / "executed.ipynb").read_text("utf-8")
    stored = folder / f"{stem}.ipynb"
    _write(stored, redaction.redacted(text, values))
    html = stored.with_suffix(".html")
    _write(html, _html(stored))
    table = None
    if (work / "result.csv").exists():
        table = stored.with_suffix(".csv")
        _write(table, redaction.redacted((work / "result.csv").read_text("utf-8"), values))
    _forget(folder, keep)
    return Run(stored, html, table, error)


def _html(notebook: Path) -> str:
    """A page that fetches nothing and runs nothing: what was hunted may stand in it."""
    exporter = HTMLExporter(
        sanitize_html=True, mathjax_url="", require_js_url="", jquery_url="", mermaid_js_url=""
    )
    page, _ = exporter.from_notebook_node(nbformat.read(notebook, as_version=4))
    return str(page)


def _write(path: Path, text: str) -> None:
    with replacing(path) as file:
        file.write(text.encode("utf-8", "replace"))


def _forget(folder: Path, keep: int) -> None:
    for old in sorted(folder.glob("*.ipynb"))[:-keep]:
        for path in (old, old.with_suffix(".html"), old.with_suffix(".csv")):
            path.unlink(missing_ok=True)


def frame(run: Run) -> pd.DataFrame:
    """The result of a run; empty if it gave none."""
    if run.result is None or run.result.stat().st_size < 2:
        return pd.DataFrame()
    return pd.read_csv(run.result, dtype=str, keep_default_na=False)
