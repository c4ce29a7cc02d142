"""Command lines as Windows reads them: words, cmd's carets and variables, powershell's arguments.

Sources: CommandLineToArgvW (quotes), `cmd /?` and `set /?` (carets, %name:~0,1%),
about_PowerShell_exe (parameters).
"""

from __future__ import annotations

import re
from itertools import islice

from .session import session

_HYPHENS = "-/\u2013\u2014\u2015"
_WORD = re.compile(r'((?:[^\s"\\]|\\"?|"(?:[^"\\]|\\.)*+(?:"|\\?\Z))++)', re.DOTALL)
_ESCAPED_OR_QUOTE = re.compile(r'\\"|"')
_CMD = re.compile(
    r"""\s*(?:"?(?:[\w:%~\-,.()\\\ ]{0,200}[\\/])?cmd(?:\.exe)?"?|%comspec%)
        (?=[\s/,;=])(?:[\s,;=]*/[a-z](?::\w+)?)*?[\s,;=]*/[ckr]""",
    re.IGNORECASE | re.VERBOSE,
)
_VARIABLE = re.compile(
    r"([%!])([^%!\s:=]{1,64})(?::(?:~(-?\d{1,6})(?:,(-?\d{1,6}))?|([^=%!]{1,64})=([^%!]{0,64})))?\1"
)
# `&(` begins a command of PowerShell, whatever cmd would make of it.
_SEPARATOR = re.compile(r"&(?!\s?\()|\|\|")
_PLAIN = re.compile(r"[^\^&|\"]+")
_SET = re.compile(r'@?set\s+"?([^=\s"]{1,64})=(.*)\Z', re.IGNORECASE | re.DOTALL)
_SEPARATORS = " \t,;=()@"  # cmd ignores them around a command
_PREFIX = re.compile(
    r"\s*@?(?:call|start(?:\s+\"[^\"]*\"(?=\s+[/\w]))?(?:\s+/\w+)*)\s+", re.IGNORECASE
)
_RUNNER = re.compile(
    r"\s*\"?(?:[^\"\s]{0,200}[\\/])?(?:schtasks|wmic|mshta|rundll32|forfiles|reg|sc|at|pcalua|conhost"
    r"|psexec\w*)(?:\.exe)?\"?\s",
    re.IGNORECASE,
)
_POWERSHELL = re.compile(r"(?:powershell|pwsh)(?:\.exe)?\s++[-/&({$i].*", re.I | re.S)
_ECHO = re.compile(r"\s*@?echo[\s(.:]*(.*)\Z", re.IGNORECASE | re.DOTALL)
_MAX_COMMANDS = 1024
_MAX_LENGTH = 64 << 10
_MAX_NESTED = 4
_ENCODED = frozenset("encodedcommand"[:n] for n in range(1, 15)) | {"ec"}
_COMMAND = frozenset("command"[:n] for n in range(1, 8))
_WITH_VALUE = [
    "executionpolicy",
    "ep",
    "windowstyle",
    "inputformat",
    "if",
    "outputformat",
    "of",
    "configurationname",
    "version",
    "psconsolefile",
    "workingdirectory",
    "wd",
    "custompipename",
    "settingsfile",
]


def arguments_of(line: str) -> list[str]:
    """The words of a command line, unquoted."""
    return [_unquoted(word) for word in _WORD.findall(line[:_MAX_LENGTH])]


def program_of(line: str) -> str:
    """The first word of a command line, unquoted; empty if there is none."""
    found = _WORD.search(line, 0, _MAX_LENGTH)
    return _unquoted(found.group()) if found else ""


def _unquoted(word: str) -> str:
    return _ESCAPED_OR_QUOTE.sub(lambda match: match.group()[1:], word) if '"' in word else word


def powershell_script(words: list[str]) -> tuple[str, bool] | None:
    """The script in powershell's arguments, and whether it is base64; None if there is none."""
    position = 0
    while position < len(words):
        word, rest = words[position], words[position + 1 :]
        if word == "-" or word[:1] not in _HYPHENS:
            return None if word == "-" else (" ".join(words[position:]), False)
        name = word[1:].lower().rstrip(":")
        if name in _ENCODED:
            return (rest[0], True) if rest else None
        if name in _COMMAND:
            return (" ".join(rest), False) if rest and rest != ["-"] else None
        if "file".startswith(name):
            return None
        takes_value = any(parameter.startswith(name) for parameter in _WITH_VALUE)
        position += 2 if takes_value else 1
    return None


def with_quotes(script: str, words: list[str], line: str) -> str:
    """The script as it is written in the line, if its quotes can only be meant for PowerShell.

    `words`: those of the line, of which the script is the end.
    """
    first, missing = len(words), len(script)
    while first and missing > 0:
        first -= 1
        missing -= len(words[first]) + 1
    begun = next(islice(_WORD.finditer(line), first, None), None)
    written = line[begun.start() :] if begun else script
    is_plain = written[:1] != '"' and '\\"' not in written and written.count('"') % 2 == 0
    return written if is_plain else script


def hosted_powershell(line: str) -> str | None:
    """The PowerShell command line that another program is told to run (`schtasks /TR "..."`)."""
    found = _POWERSHELL.search(line[:_MAX_LENGTH]) if _RUNNER.match(line) else None
    return found.group().replace('\\"', '"') if found else None


def standard_input(line: str) -> tuple[str, str] | None:
    """What `echo ... | program` writes, and the program's command line."""
    text, pipe, program = line.rpartition("|")
    match = _ECHO.match(text)
    return (match.group(1).strip(), program) if pipe and match else None


def unwrap_cmd(line: str) -> tuple[list[str], dict[str, str]]:
    """The commands that a cmd.exe command line runs, its carets and variables undone.

    Also the variables that it sets, by name in lower case. Any other command line is returned
    as it is.
    """
    variables: dict[str, str] = {}
    return _unwrapped(line[:_MAX_LENGTH], variables, 0), variables


def _unwrapped(line: str, variables: dict[str, str], nested: int) -> list[str]:
    match = _CMD.match(line)
    if not match and "^" in line:
        match = _CMD.match(_without_carets(line))
    if not match or nested > _MAX_NESTED:
        return [line]
    body = match.string[match.end() :].strip(" \t,;=")
    if body[:1] == '"' and body[-1:] == '"':
        body = body[1:-1]
    commands: list[str] = []
    for command in _separated(body)[:_MAX_COMMANDS]:
        expanded = _PREFIX.sub("", _expanded(command, variables).lstrip(_SEPARATORS), count=1)
        if assignment := _SET.match(expanded):
            variables[assignment.group(1).lower()] = assignment.group(2).removesuffix('"')
        elif expanded.strip():
            commands += _unwrapped(_without_bracket(expanded), variables, nested + 1)
    return commands


def _without_bracket(command: str) -> str:
    """The command without the bracket that closes a group which was opened before it."""
    command = command.rstrip(" \t,;@")
    is_surplus = command.endswith(")") and command.count(")") > command.count("(")
    return command[:-1].rstrip() if is_surplus else command


def _without_carets(line: str) -> str:
    return "".join(_separated(line, separators=False))


def _separated(body: str, separators: bool = True) -> list[str]:
    """Split at `&`, `&&` and `||` outside quotes, and take away the carets that escape."""
    commands: list[list[str]] = [[]]
    quoted = False
    position = 0
    while position < len(body):
        char = body[position]
        if plain := _PLAIN.match(body, position):
            commands[-1].append(plain.group())
            position = plain.end() - 1
        elif char == "^" and not quoted:
            position += 1
            commands[-1].append(body[position : position + 1])
        elif separators and not quoted and _SEPARATOR.match(body, position):
            position += body.startswith(("&&", "||"), position)
            commands.append([])
        else:
            quoted ^= char == '"' and body[position - 1 : position] != "\\"
            commands[-1].append(char)
        position += 1
    return ["".join(command) for command in commands]


def _expanded(command: str, variables: dict[str, str]) -> str:
    """Put in `%name%`, `!name!`, `%name:~start,length%` and `%name:old=new%`."""
    for _ in range(3):  # `call` expands what an expansion brought in
        expanded = _VARIABLE.sub(lambda match: _value_of(match, variables), command)
        if expanded == command or len(expanded) > _MAX_LENGTH:
            break
        command = expanded
    return command


def _value_of(match: re.Match[str], variables: dict[str, str]) -> str:
    _, name, start, length, old, new = match.groups()
    value = variables.get(name.lower(), session().environment.get(name.lower()))
    if value is None:
        return match.group()
    if start is not None:
        value = value[int(start) :]
        return value if length is None else value[: int(length)]
    return re.sub(re.escape(old), lambda _: new, value, flags=re.IGNORECASE) if old else value
