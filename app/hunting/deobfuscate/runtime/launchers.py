"""Command lines that start another shell: powershell, pwsh, cmd."""

from __future__ import annotations

import re

from app.hunting.encodings import from_base64, to_text

from ..cmdline import (
    arguments_of,
    hosted_powershell,
    powershell_script,
    program_of,
    standard_input,
    unwrap_cmd,
    with_quotes,
)
from ..values import UnresolvedError
from .blocks import run_script
from .run import Run

_SHELL = re.compile(r"(?:.*[\\/])?(powershell|pwsh|powershell_ise|cmd)(?:\.exe)?\Z", re.I | re.S)

_SHELL_LINE = re.compile(
    r"\W{0,3}(?:[\w:\\ ]{0,80}\\)?(?:powershell|pwsh|cmd)(?:\.exe)?\W{0,2}\s", re.IGNORECASE
)


def shell_name(command: str) -> str:
    """`powershell` or `cmd` if that is what the command starts, else ''."""
    match = _SHELL.match(command.replace("^", "").strip("\"' "))
    if not match:
        return ""
    return "cmd" if match.group(1).lower() == "cmd" else "powershell"


def starts_shell(text: str) -> bool:
    """Whether a text that is handed to a program looks like a shell's command line."""
    return bool(_SHELL_LINE.match(text))


def start(command_line: str, run: Run) -> bool:
    """Read the scripts that a command line gives to a shell; False if it does not."""
    commands, variables = unwrap_cmd(hosted_powershell(command_line) or command_line)
    for name, value in variables.items():
        run.set(f"env:{name}", value)
    if variables or commands != [command_line]:
        run.step("cmd")
    started = [_start_powershell(command, run) for command in commands]
    return any(started)


def quoted_script(command_line: str) -> str | None:
    """The script of a line that is nothing but `powershell -c "..."`, as powershell gets it.

    None where the line may as well be a script itself, in which quotes mean something else.
    """
    commands, variables = unwrap_cmd(command_line)
    if len(commands) != 1 or variables:
        return None
    if shell_name(program_of(commands[0])) != "powershell":
        return None
    words = arguments_of(commands[0])
    found = powershell_script(words[1:])
    if found is None or found[1]:
        return None
    script = found[0]
    is_one_word = script == words[-1] and commands[0].rstrip()[-1:] == '"'
    return script if is_one_word or '\\"' in command_line else None


def _start_powershell(line: str, run: Run) -> bool:
    piped = standard_input(line)
    command = piped[1] if piped else line
    if shell_name(program_of(command)) != "powershell":
        return False
    words = arguments_of(command)
    found = powershell_script(words[1:])
    if piped and piped[0] and found is None:
        return _attempt(piped[0], run)
    if found is None or found[1] or '"' not in line:
        return launch(words[1:], run)
    return _attempt(with_quotes(found[0], words, line), run)


def launch(words: list[str], run: Run) -> bool:
    """Read the script in the arguments of powershell.exe; False if there is none."""
    found = powershell_script(words)
    if found is None:
        return False
    script, is_encoded = found
    if not is_encoded:
        return _attempt(script, run)
    decoded = to_text(from_base64(script.encode("ascii", "replace")).data)
    if decoded is None:
        return False
    run.step("encoded command")
    return _attempt(decoded.text, run)


def _attempt(script: str, run: Run) -> bool:
    run.step("nested shell")
    try:
        run_script(script, run, in_own_scope=True)
    except UnresolvedError:
        return False
    return True
