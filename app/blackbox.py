"""What a job was doing when its process died: a file that outlives the process.

The worker notes each step there; Python's faulthandler adds the place in the code when the process
crashes, or when the job's time is over. faulthandler needs neither the interpreter lock nor the
goodwill of the module: it ends a loop in C, a sleep, and code that swallows every exception.
"""

import contextlib
import faulthandler
import json
import os
import re
import signal
from dataclasses import dataclass
from pathlib import Path

_FRAME = re.compile(r'^  File "(.+)", line (\d+) in (.+)$', re.MULTILINE)
_SIZE_READ = 1 << 18
_SIGNALS = {number.value: number.name for number in signal.Signals}


class BlackBox:
    """The worker's side."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        faulthandler.enable(file=descriptor)

    def begin(self) -> None:
        """Forget the previous job."""
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)

    def note(self, **what: str) -> None:
        os.write(self._descriptor, json.dumps(what).encode() + b"\n")

    def start_clock(self, seconds: float, name: str) -> None:
        """End this process in so many seconds, unless `stop_clock` comes first."""
        self.note(limit=f"{seconds:g} s ({name})")
        faulthandler.dump_traceback_later(seconds, exit=True, file=self._descriptor)

    def stop_clock(self) -> None:
        faulthandler.cancel_dump_traceback_later()


@dataclass(frozen=True)
class LastWords:
    """Why a worker process ended: the step it was at, a clause on what happened, an exception."""

    step: str
    reason: str
    exception: str


def last_words(descriptor: int, exit_code: int | None, modules: Path) -> LastWords:
    """Read the box of a process that has ended."""
    text = os.pread(descriptor, _SIZE_READ, 0).decode("utf-8", "replace")
    notes: dict[str, str] = {}
    for line in text.splitlines():
        with contextlib.suppress(ValueError):  # a line of faulthandler's
            notes.update(json.loads(line))
    step, place = notes.get("step", "run the search"), _place(text, modules)
    if "\nTimeout (" in text:
        reason = f"it took longer than {notes.get('limit')} and was stopped{place}"
        return LastWords(step, reason, "TimeoutError")
    reason = f"its process {_ending(exit_code)}{place}"
    return LastWords(step, reason, f"ProcessDied: exit code {exit_code}")


def _place(text: str, modules: Path) -> str:
    """Where in the user's own code it was. faulthandler lists the innermost call first."""
    for file, line, function in _FRAME.findall(text):
        if Path(file).is_relative_to(modules):
            return f" in {function}() of {Path(file).name}, line {line}"
    return ""


def _ending(exit_code: int | None) -> str:
    if exit_code == -signal.SIGKILL:
        return "was killed from outside (SIGKILL), most likely because memory ran out"
    if exit_code is not None and exit_code < 0:
        return f"crashed ({_SIGNALS.get(-exit_code, f'signal {-exit_code}')})"
    return f"was ended by the module itself (exit code {exit_code}); a module must not exit"
