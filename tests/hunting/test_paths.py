import pytest

from app.hunting import paths


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"C:\Program Files\x.exe -a", [r"C:\Program Files\x.exe"]),
        (r"C:\Users\Jo Doe\x(1).exe", [r"C:\Users\Jo Doe\x(1).exe"]),
        (r"copy C:\Program Files (x86)\A B\c.exe D:\e", [r"C:\Program Files (x86)\A B\c.exe", r"D:\e"]),
        (r"copy C:\a.exe b\c.exe", [r"C:\a.exe"]),
        (r"'C:\Program Files\x y.exe'", [r"C:\Program Files\x y.exe"]),
        (r'"C:\a\procdump.exe -ma lsass.exe C:\b.dmp"', [r"C:\a\procdump.exe", r"C:\b.dmp"]),
        (r'"C:\Windows\System32\cmd.exe /c C:\b\c.exe"', [r"C:\b\c.exe"]),
        (r"& ${env:ProgramFiles(x86)}\x.exe", [r"${env:ProgramFiles(x86)}\x.exe"]),
        (r"%APPDATA%\x", [r"%APPDATA%\x"]),
        (r"\\host@SSL\DavWWWRoot\x", [r"\\host@SSL\DavWWWRoot\x"]),
        (r"\\192.0.2.1@8080\share\x.dll,Start", [r"\\192.0.2.1@8080\share\x.dll"]),
        (r"regsvr32 /i:\\192.0.2.1\s\x.sct", [r"\\192.0.2.1\s\x.sct"]),
        ("'\\\\\\\\nas\\\\share\\\\x'", [r"\\nas\share\x"]),
        (r"\\?\C:\x\y", [r"C:\x\y"]),
        (r"C:\a\file.txt:stream.exe", [r"C:\a\file.txt:stream.exe"]),
        (r"At C:\a\file.ps1:12 char:5", [r"C:\a\file.ps1"]),
        (r"IEX(C:\a\b.ps1)", [r"C:\a\b.ps1"]),
        (r"HKLM:\\Software\\x", []),
        (r"'\\Software\x'", []),
        (r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell -c dir", []),
    ],
)  # fmt: skip
def test_path_ends_where_it_ends_in_a_command(text: str, expected: list[str]) -> None:
    assert list(paths.paths(text.encode())) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            r'"HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Image File Execution Options"',
            [r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Image File Execution Options"],
        ),
        (r"reg add HKLM\Software\Microsoft\Windows NT\A /v x", [r"HKLM\Software\Microsoft\Windows NT\A"]),
        (r"HKCU\Control Panel\Desktop /v x", [r"HKCU\Control Panel\Desktop"]),
        (r"reg copy HKLM\Software\A HKLM\Software\B", [r"HKLM\Software\A", r"HKLM\Software\B"]),
        (r"gp HKCU:Software\x -Name y", [r"HKCU\Software\x"]),
        (r"(gp HKCU:\Software\x).y", [r"HKCU\Software\x"]),
        (r"[HKEY_CURRENT_USER\Software\x]", [r"HKCU\Software\x"]),
        (r"HKLM:\\Software\\x", [r"HKLM\Software\x"]),
        (r"HKCR\*\shell\x", [r"HKCR\*\shell\x"]),
        (r"HKLM: and HKCU", []),
        (r"'\\Software\x'", []),
    ],
)  # fmt: skip
def test_registry_key_ends_where_it_ends_in_a_command(text: str, expected: list[str]) -> None:
    assert list(paths.keys(text.encode())) == expected
