"""Command lines as Windows reads them."""

import pytest

from app.hunting.deobfuscate.cmdline import (
    arguments_of,
    hosted_powershell,
    powershell_script,
    standard_input,
    unwrap_cmd,
    with_quotes,
)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("powershell -c foo", ["powershell", "-c", "foo"]),
        ('"C:\\Program Files\\x.exe" "a b" c', ["C:\\Program Files\\x.exe", "a b", "c"]),
        ('x -c "say \\"hi\\" twice"', ["x", "-c", 'say "hi" twice']),
        ('x a"b c"d', ["x", "ab cd"]),
        ('x "not closed', ["x", "not closed"]),
        ('x "ends in \\', ["x", "ends in \\"]),
        ("", []),
    ],
)
def test_words_of_a_command_line(line: str, words: list[str]) -> None:
    assert arguments_of(line) == words


@pytest.mark.parametrize(
    ("arguments", "script"),
    [
        ("-nop -w hidden -c foo bar", ("foo bar", False)),
        ("/NoP /ENC Zm9v", ("Zm9v", True)),
        ("-ep bypass foo -x", ("foo -x", False)),
        ("\u2013ec Zm9v", ("Zm9v", True)),
        ("-Command -", None),
        ("-", None),
        ("-File a.ps1 -e x", None),
        ("-enc", None),
        ("", None),
    ],
)
def test_script_in_the_arguments_of_powershell(
    arguments: str, script: tuple[str, bool] | None
) -> None:
    assert powershell_script(arguments.split()) == script


@pytest.mark.parametrize(
    ("line", "commands", "variables"),
    [
        ("cmd /c foo", ["foo"], {}),
        ('C:\\Windows\\System32\\cmd.exe /q /d /s /c "foo & bar"', ["foo", "bar"], {}),
        ('c^md /c "f^o^o ^& bar"', ["foo & bar"], {}),
        ("%COMSPEC% /c set a=foo&&call %a% %a:~1% %a:~-2,1%", ["foo oo o"], {"a": "foo"}),
        ('cmd /v /c "set x=f1o1o&&!x:1=!"', ["foo"], {"x": "f1o1o"}),
        ("cmd /c cmd /c start /b /min foo", ["foo"], {}),
        ("cmd /c foo ^& bar", ["foo & bar"], {}),
        ("cmd /c foo &(bar)", ["foo &(bar)"], {}),
        ("curl http://x/a^b", ["curl http://x/a^b"], {}),
        ("notepad /c a", ["notepad /c a"], {}),
    ],
)
def test_commands_of_cmd(line: str, commands: list[str], variables: dict[str, str]) -> None:
    assert unwrap_cmd(line) == (commands, variables)


def test_echo_writes_to_the_next_program() -> None:
    assert standard_input("echo foo | powershell -") == ("foo", " powershell -")
    assert standard_input("foo | powershell -") is None


def test_powershell_that_another_program_is_told_to_run() -> None:
    line = 'schtasks.exe /Create /TR "C:\\x\\powershell.exe -c \\"foo\\""'
    assert hosted_powershell(line) == 'powershell.exe -c "foo""'
    assert hosted_powershell("notepad powershell -c foo") is None


@pytest.mark.parametrize(
    ("line", "script"),
    [
        ('powershell -c iex ("a"+"b")', 'iex ("a"+"b")'),
        ('powershell "iex a"', "iex a"),
        ('powershell -c iex \\"a\\"', 'iex "a"'),
        ('powershell -c "iex" a', "iex a"),
    ],
)
def test_quotes_that_only_powershell_needs_stay(line: str, script: str) -> None:
    words = arguments_of(line)
    found = powershell_script(words[1:])
    assert found is not None
    assert with_quotes(found[0], words, line) == script
