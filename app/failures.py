"""What went wrong in a search, told so that the person at the search bar can act on it."""

import contextlib
import logging
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path

_TEXT = 2_000

log = logging.getLogger(__name__)


class RefusedError(ValueError):
    """The search asks for something that cannot be done; the text says what to change."""


class SearchError(Exception):
    """A search cannot do `what` (as in "unable to ..."), because of an exception."""

    def __init__(self, what: str, ended_with: str) -> None:
        super().__init__(what)
        self.what = what
        self.ended_with = ended_with

    def message(self, command: str) -> str:
        """The text of the answer; its beginning is DSDL's."""
        return f"/{command}: ERROR: unable to {self.what}. Ended with exception: {self.ended_with}"


@contextlib.contextmanager
def step(what: str, modules: Path, columns: Iterable[object] = ()) -> Iterator[None]:
    """Do `what`; whatever goes wrong in it becomes a SearchError.

    `modules` is the folder of the user's code, `columns` the fields that the search sent.
    The traceback goes to the log, without the texts of exceptions: they may quote events.
    """
    try:
        yield
    except SearchError:
        raise
    except BaseException as error:  # a notebook may raise SystemExit or KeyboardInterrupt
        stack = "" if isinstance(error, RefusedError) else f"\n{_stack(error)}"
        log.warning("unable to %s: %s%s", what, type(error).__name__, stack)
        hint = _hint(error, [str(column) for column in columns])
        raise SearchError(f"{what}{_place(error, modules)}{hint}", _text(error)) from None


def _place(error: BaseException, modules: Path) -> str:
    """Where it went wrong in the user's own code: file, line, and the functions on the way."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({Path(error.filename).name}, line {error.lineno})"
    calls = [
        call
        for call in traceback.extract_tb(error.__traceback__)
        if Path(call.filename).is_relative_to(modules)
    ]
    if not calls:
        return ""
    functions = dict.fromkeys(call.name for call in calls if call.name != "<module>")
    inside = f", in {' > '.join(functions)}" if functions else ""
    return f" ({Path(calls[-1].filename).name}, line {calls[-1].lineno}{inside})"


def _hint(error: BaseException, columns: list[str]) -> str:
    if isinstance(error, MemoryError):
        return "; send fewer rows or raise max_memory_usage_mb"
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"; package {error.name!r} is not installed"
    if isinstance(error, KeyError) and columns and str(next(iter(error.args), "")) not in columns:
        return f"; the search sent the fields {', '.join(columns[:30])}"
    return ""


def _text(error: BaseException) -> str:
    try:
        text = str(error)
    except BaseException as second:
        text = f"(its text raises {type(second).__name__})"
    if len(text) > _TEXT:
        text = f"{text[:_TEXT]}..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _stack(error: BaseException) -> str:
    return "".join(traceback.format_tb(error.__traceback__))
