"""Input that is made to take time, memory or the program itself."""

import base64
import zlib
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.hunting.deobfuscate import deobfuscate, fold_concatenation, needs
from tests.hunting.deobfuscate.obfuscate import TECHNIQUES, cradle, obfuscate

MILLION = 1_000_000
PIECES = [
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "$a",
    "$b",
    "$_",
    "${x}",
    "'",
    '"',
    "@'",
    "'@",
    '@"',
    ";",
    "\n",
    "|",
    ",",
    ".",
    "::",
    "..",
    "+",
    "-",
    "*",
    "/",
    "%",
    "=",
    "+=",
    "-f",
    "-join",
    "-split",
    "-bxor",
    "-as",
    "[char]",
    "[int]",
    "[byte[]]",
    "65",
    "0x41",
    "1..3",
    "'abc'",
    '"$a',
    'b"',
    "iex",
    "foreach",
    "for",
    "if",
    "while",
    ".Length",
    ".Replace(",
    ".Split(",
    "[convert]::ToInt32(",
    "[array]::Reverse(",
    "$null",
    "powershell",
    "-enc",
    "cmd",
    "/c",
    "&",
    "`",
    "^",
    "#",
    "<#",
    "#>",
    "function",
    "param",
    "return",
    "break",
    "try",
    "catch",
    "switch",
    "do",
    "@(",
    "@{",
    "$(",
    "New-Object",
    "IO.MemoryStream",
    "-lt",
    "++",
    "--",
    "-not",
    "gv",
    "sv",
    "variable:",
    "[regex]::Matches(",
    "[0]",
    "[-1..-3]",
    "-match",
    ".Invoke(",
    "[scriptblock]::Create(",
    "1e999",
    "'{0,9}'",
    "ConvertTo-SecureString",
    "-key",
    ".Substring(",
    ".Remove(",
    "[uint64]",
    ".Add(",
    "Select-Object",
    "-First",
]


def harmless(script: str) -> None:
    """Deobfuscation ends with valid text."""
    found = deobfuscate(script)
    "".join((found.text, *found.scripts)).encode("utf-8")
    needs(script.encode("utf-8", "replace"))


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_is_survived(text: str) -> None:
    harmless(text)


@given(st.lists(st.sampled_from(PIECES), max_size=60), st.sampled_from(("", " ")))
@settings(max_examples=300, deadline=None)
def test_any_pieces_of_powershell_are_survived(pieces: list[str], separator: str) -> None:
    harmless(separator.join((*pieces, "('a'+'b').Trim()")))


@given(
    st.integers(0, 1 << 32),
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from(PIECES)), max_size=6),
)
@settings(max_examples=100, deadline=None)
def test_damaged_obfuscation_is_survived(seed: int, damage: list[tuple[float, str]]) -> None:
    rng = Random(seed)
    names = rng.sample(sorted(TECHNIQUES), 2)
    script = obfuscate(cradle("http://example.com/a", rng), names, rng)
    for place, piece in damage:
        at = int(place * len(script))
        script = script[:at] + piece + script[at + 3 :]
    harmless(script)


@pytest.mark.parametrize(
    "script",
    [
        "foo ('a'.Trim()" + "(" * MILLION,
        "foo " + "(" * MILLION + "'a'.Trim()" + ")" * MILLION,
        "$(" * 100_000 + "'a'.Trim()",
        "{" * MILLION + "-split",
        "[char]" * 100_000 + "65",
        "-" * MILLION + "split 'a'",
        "-join" + "!" * MILLION,
        "'a'.Trim()" + ".Trim()" * 100_000,
        "'a'.Trim()" + "+'a'" * 100_000,
        "-split '" + "a" * MILLION,
        '-split "' + "`x" * 500_000,
        '-split "' + "$(" * 500_000,
        ";" * MILLION + "'a'.Trim()",
        "#\n" * 500_000 + "'a'.Trim()",
        "<#" * 500_000 + "'a'.Trim()",
        "foo ('a'.Trim()) " + "$x " * 400_000,
        "[char[]](" + "65," * 400_000 + "65)",
        "@{" * 300_000 + "-split",
        "if(1){" * 100_000 + "-split",
        "do\n{" * 100_000 + "-split",
        "function f{" * 100_000 + "-split",
        "^" * MILLION + "p^owershell -split",
        'cmd /c "' + "set a=b&&" * 100_000 + 'call %a%"',
        "cmd /c " * 100_000 + "p^owershell",
        "powershell -c " * 50_000 + "'a'.Trim()",
        "-split\n@'\n" * 100_000,
        "\ud800" * 1000 + "'a'.Trim()",
        "\0" * MILLION + "'a'.Trim()",
    ],
    ids=lambda script: script[:16],
)
def test_huge_and_deep_scripts_are_survived(script: str) -> None:
    harmless(script)


@pytest.mark.parametrize(
    "script",
    [
        "'" * 200_000,
        "'" * 200_001,
        "'a' + " * 40_000 + "'a'.x",
        "'a' + " * 40_000 + "$x",
        '"$a' * 80_000,
        '"' + "$a" * 120_000,
        "$a='b';" * 30_000 + "$a+$a",
        "(" * 200_000 + "'a'+'b'",
        "'a'" + " " * 200_000 + "+",
        "$" + "a" * 200_000 + "+",
    ],
    ids=lambda script: script[:16],
)
def test_huge_sums_are_survived(script: str) -> None:
    fold_concatenation(script)


@pytest.mark.parametrize(
    "script",
    [
        "foo ('a'*1e9)",
        "foo ('a'*2147483647)",
        "foo (0..2147483647)",
        "foo (@(1)*100000000)",
        "foo ('a'.PadLeft(2000000000))",
        "foo ('{0,2000000000}' -f 'a')",
        "foo ('{0:D999999999}' -f 1)",
        "$a='aaaaaaaaaa';1..60|%{$a=$a+$a};foo $a",
        "$a='ab';1..60|%{$a=$a.Replace('a',$a)};foo $a",
        "$a='ab';1..60|%{$a=$a-replace'.',$a};foo $a",
        "$a='ab';1..60|%{$a=\"$a$a\"};foo $a",
        "$a=@(1);1..60|%{$a=$a+$a};foo $a.Count",
        "$a=3;1..100|%{$a=$a*$a};foo $a",
        "foo (1-shl 99999999999) ([math]::Pow(9,99999999))",
        "foo (('a'*100000)-replace'(a*)*b','')",
        "foo (('a'*100000)-match'(a|a|a?){500}(a?){500}c')",
        "foo (('a'*100000)-split'')",
        "foo ('a'*100000 -like ('*a'*500+'b'))",
        "for($i=0;;$i++){$a+='x'}",
        "for($i=0;$i -ge 0;$i++){$a+='x'}",
        "while($true){$x='a'.Trim()}",
        "do{$x='a'.Trim()}while(1)",
        "function f{f;f};f;'a'.Trim()",
        "$s='iex $s'.Trim();iex $s",
        "$s={&$s}.GetNewClosure();&$s;'a'.Trim()",
        "$a=1..1000;$a|%{$a|%{$a|%{$x+='b'.Trim()}}}",
        "1..1000|%{iex ('foo '+$_)}",
        "1..100000|%{gcm i*x}",
        "foo ([regex]::Replace('a'*100000,'.',{'a'*100000}))",
        "$l=@();1..100000|%{$l+=,('a'*100000)}",
        "$m=New-Object IO.MemoryStream;1..100000|%{$m.Write([byte[]](1..255),0,255)}",
        "(New-Object Security.Cryptography.Rfc2898DeriveBytes('a',[byte[]](1..8),99999999)).GetBytes(16)",
    ],
)
def test_code_that_would_take_too_much_stays_within_its_budget(script: str) -> None:
    found = deobfuscate(f"'a'.Trim();{script}")
    assert len(found.text) + sum(map(len, found.scripts)) < 1 << 20


def test_compression_bomb_stops_at_its_limit() -> None:
    engine = zlib.compressobj(9, wbits=-15)
    bomb = base64.b64encode(engine.compress(b"a" * (64 << 20)) + engine.flush()).decode()
    script = (
        f"iex (New-Object IO.StreamReader((New-Object IO.Compression.DeflateStream("
        f"[IO.MemoryStream][Convert]::FromBase64String('{bomb}'),'Decompress')))).ReadToEnd()"
    )
    assert len("".join(deobfuscate(script).scripts)) <= 4 << 20


def test_budget_that_runs_out_keeps_what_was_found() -> None:
    found = deobfuscate("foo ('a'.Trim());1..100000|%{1..100000|%{$x+=[char]65}};foo ('b'.Trim())")
    assert found.partial
    assert found.text.startswith("foo 'a';")
