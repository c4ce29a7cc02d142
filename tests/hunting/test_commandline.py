import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.hunting import commandline
from tests.encoding import b64

SCRIPT = "Write-Host 'The quick brown fox jumps over the lazy dog'"
BLOB = b64(SCRIPT)
TORN = f"{BLOB[:60]}\n{BLOB[60:120]}\r\n{BLOB[120:]}"


TEARS = ("\n", "\r\n", "\\n", "\\r\\n", '" + "', "'+'")


def broken(width: int, tear: str) -> str:
    return tear.join(textwrap.wrap(BLOB, width))


def commands(line: str) -> list[str]:
    return [item.base64.decode() for item in commandline.commands(line.encode())]


def data(line: str) -> list[str]:
    return [item.base64.decode() for item in commandline.data(line.encode())]


@pytest.mark.parametrize(
    "name",
    ["encodedcommand"[:length] for length in range(1, 15)] + ["ec", "EC", "eNc", "ENCODEDcommand"],
)
@pytest.mark.parametrize("dash", list(commandline.DASHES))
def test_commands_every_abbreviation_and_dash(name: str, dash: str) -> None:
    assert commands(f"powershell.exe -nop {dash}{name} {BLOB} -noexit") == [BLOB]


@pytest.mark.parametrize(
    "line",
    [
        f"powershell -enc {BLOB}",
        f'"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"  -Enc "{BLOB}"',
        f"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\PowerShell.exe -w hidden -e '{BLOB}'",
        f"pwsh -NoProfile -EncodedCommand {BLOB}",
        f'cmd.exe /c "powershell -enc {BLOB}"',
        f"cmd /c p^ow^er^shell -n^op -e^n^c {BLOB}",
        f'cmd /V:ON /C "pOwErShElL ^-^e^C {BLOB[:40]}^{BLOB[40:]}"',
        f"powershell -e`nc {BLOB}",
        f'powershell -"e"nc {BLOB}',
        f"powershell -enc:{BLOB}",
        f"powershell -enc: {BLOB}",
        f"powershell -enc \u201c{BLOB}\u201d",
        f"powershell -enc {TORN}",
        f'powershell -enc "{TORN}" -noexit',
        f"powershell -enc {BLOB}; exit",
        f"renamed.exe -enc {BLOB}",
        f"renamed.exe -e {BLOB}",
        f"powershell -enc {BLOB}&echo done",
        f"powershell -enc {BLOB}>nul",
        f"powershell -e ('{BLOB[:30]}'+'{BLOB[30:]}')",
        f"powershell -enc {BLOB}|more",
        f"powershell -enc &quot;{BLOB}&quot;",
        *(f"powershell -enc {broken(10, tear)}" for tear in TEARS),
        *(f"powershell -enc {broken(64, tear)}" for tear in TEARS),
        *(f"powershell -enc {broken(76, tear)}\r\nexit" for tear in TEARS),
    ],
)
def test_commands_in_every_guise(line: str) -> None:
    assert commands(line) == [BLOB]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "powershell",
        "powershell -enc",
        f"powershell -ep {BLOB}",
        f"powershell -ex {BLOB}",
        "grep -e pattern file.txt",
        "tar -e",
        "powershell -enc $payload",
        "powershell -enc %payload%",
        "powershell -File C:\\scripts\\encode.ps1",
        "powershell -c Get-Date; robocopy a b /e /copyall",
        "powershell -File a.ps1 -e abcdefghijklmnop",
        "powershell -c gcc -e abcdefghijklmnop",
        "powershell Get-Date & node -e abcdefghijklmnop",
        f"powershell -ec '{BLOB[:40]}' + $rest",
    ],
)
def test_commands_none(line: str) -> None:
    assert commands(line) == []


def test_commands_stop_before_the_next_argument() -> None:
    assert commands(f"powershell -enc {BLOB[:40]} exit") == [BLOB[:40]]


def test_commands_two_in_a_line() -> None:
    other = b64("Get-Date")
    assert commands(f"powershell -e {BLOB} & powershell -e {other}") == [BLOB, other]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"[Convert]::FromBase64String('{BLOB}')", [BLOB]),
        ('[Convert]::FromBase64String( "aGk=" )', ["aGk="]),
        ("[System.Convert]::'FromBase64String'.Invoke('aGVsbG8=')", ["aGVsbG8="]),
        (f"$x='{BLOB}'; run $x", [BLOB]),
        (f"data:text/plain;base64,{BLOB}", [BLOB]),
        (f"key:{BLOB}", [BLOB]),
        (f"key: {BLOB[:44]}a", [BLOB[:44]]),
        *((f'x = "{broken(64, tear)}"', [BLOB]) for tear in TEARS),
        (f"FROMBASE64STRING('{BLOB[:30]} \n {BLOB[30:]}')", [BLOB]),
    ],
)
def test_data(text: str, expected: list[str]) -> None:
    assert [item for item in data(text) if item in expected] == expected


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com/files/0123456789abcdef0123456789abcdef0123456789abcdef",
        "C:/Users/Administrator/AppData/Local/Microsoft/Windows/Temporary/Internet",
        "0123456789abcdef0123456789abcdef0123456789abcdef",
        "a short word",
    ],
)
def test_data_no_urls_paths_or_hashes(text: str) -> None:
    assert data(text) == []


def test_data_in_a_url_is_not_cut_out() -> None:
    text = f"curl http://example.com/?x={BLOB}".encode()
    (found,) = commandline.data(text)
    assert found.base64 == BLOB.encode()
    assert found.span[0] == found.span[1]


def test_without_cuts_overlapping_spans() -> None:
    assert commandline.without(b"0123456789", [(2, 5), (3, 4), (7, 8)]) == b"01 56 89"


@given(st.text(), st.sampled_from([" -e ", ' -enc "', " FromBase64String('", "-e"]), st.text())
def test_any_text_is_searched_without_an_error(before: str, middle: str, after: str) -> None:
    raw = f"{before}{middle}{after}".encode("utf-8", "replace")
    for item in [*commandline.commands(raw), *commandline.data(raw)]:
        start, stop = item.span
        assert 0 <= start < stop <= len(raw)


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.sampled_from("\"' "))
def test_what_is_encoded_is_found_whole(script: str, quote: str) -> None:
    blob = b64(script)
    assert commands(f"powershell -NonI -Enc {quote}{blob}{quote}".strip()) == [blob]
