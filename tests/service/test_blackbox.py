"""What is told of a process that has ended."""

import tempfile
from pathlib import Path

import pytest

from app.blackbox import LastWords, last_words

MODULES = Path("/srv/app/model")
NOTES = '{"step": "load"}\n{"limit": "2 s (max_fit_time)"}\n{"step": "fit the model"}\n'
STACK = """
Thread 0x00007f1e (most recent call first):
  File "/usr/lib/python3.11/re.py", line 5 in match
  File "/srv/app/model/hunt.py", line 12 in helper
  File "/srv/app/model/hunt.py", line 30 in fit
  File "/opt/app/engine.py", line 99 in run
"""


@pytest.mark.parametrize(
    ("text", "exit_code", "expected"),
    [
        (
            f"{NOTES}Timeout (0:00:02)!{STACK}",
            1,
            LastWords(
                "fit the model",
                "it took longer than 2 s (max_fit_time) and was stopped in helper() of hunt.py, "
                "line 12",
                "TimeoutError",
            ),
        ),
        (
            f"{NOTES}Fatal Python error: Segmentation fault\n{STACK}",
            -11,
            LastWords(
                "fit the model",
                "its process crashed (SIGSEGV) in helper() of hunt.py, line 12",
                "ProcessDied: exit code -11",
            ),
        ),
        (
            NOTES,
            -9,
            LastWords(
                "fit the model",
                "its process was killed from outside (SIGKILL), most likely because memory ran out",
                "ProcessDied: exit code -9",
            ),
        ),
        (
            "",
            0,
            LastWords(
                "run the search",
                "its process was ended by the module itself (exit code 0); a module must not exit",
                "ProcessDied: exit code 0",
            ),
        ),
        (
            '{"step": "cut o',
            -50,
            LastWords(
                "run the search",
                "its process crashed (signal 50)",
                "ProcessDied: exit code -50",
            ),
        ),
    ],
)
def test_last_words(text: str, exit_code: int, expected: LastWords) -> None:
    with tempfile.TemporaryFile() as box:
        box.write(text.encode())
        box.flush()
        assert last_words(box.fileno(), exit_code, MODULES) == expected
