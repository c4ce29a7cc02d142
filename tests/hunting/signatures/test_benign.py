"""What administrators type every day shows what it is, and nothing worse."""

import pytest

from app.hunting.signatures import classify

BENIGN = [
    ("notepad.exe C:\\Users\\a\\notes.txt", ()),
    ("C:\\Windows\\System32\\svchost.exe -k netsvcs -p -s Schedule", ()),
    ("C:\\Windows\\System32\\rundll32.exe shell32.dll,Control_RunDLL desk.cpl", ()),
    ("ping -n 1 192.0.2.1", ()),
    ("ipconfig /flushdns", ()),
    ("nslookup example.com", ()),
    ("schtasks /query /fo LIST /v", ()),
    ("sc query Spooler", ()),
    ("net start Spooler", ()),
    ("net use Z: \\\\files.example.com\\share", ()),
    ("wevtutil qe System /c:10 /rd:true /f:text", ()),
    ("auditpol /get /category:*", ()),
    ("netsh advfirewall show allprofiles", ()),
    ("vssadmin list shadows", ()),
    ("certutil -hashfile setup.exe SHA256", ()),
    ("certutil -verify cert.cer", ()),
    ("msiexec /i C:\\Install\\agent.msi /qn", ()),
    ("regsvr32 /s C:\\Windows\\System32\\msxml3.dll", ()),
    ("bcdedit /enum", ()),
    ("curl https://api.example.com/health", ()),
    ("git clone https://git.example.com/repo.git", ()),
    ("docker run -w /app -e MODE=1 image", ()),
    ("grep -w 1 -e pattern file.txt", ()),
    ("cmd.exe /c dir C:\\", ("T1059.003",)),
    ("reg query HKLM\\SOFTWARE\\Microsoft", ("T1012",)),
    ("whoami", ("T1033",)),
    ("ipconfig /all", ("T1016",)),
    ("systeminfo", ("T1082",)),
    ("powershell.exe -File C:\\Scripts\\report.ps1", ("T1059.001",)),
    ("powershell -ExecutionPolicy Bypass -NoProfile -File C:\\Scripts\\a.ps1", ("T1059.001",)),
    ("powershell -Command Get-Process | Sort-Object CPU -Descending", ("T1059.001",)),
    ("powershell Get-Service WinDefend; Get-MpPreference", ("T1059.001",)),
    ("powershell Get-WinEvent -LogName Security -MaxEvents 5", ("T1059.001",)),
    ("powershell Get-ScheduledTask -TaskName Backup", ("T1059.001",)),
    ("powershell Test-NetConnection files.example.com -Port 443", ("T1059.001",)),
    ("powershell Invoke-RestMethod https://api.example.com/v1/status", ("T1059.001",)),
    ("powershell Install-Module Az -Scope CurrentUser -Force", ("T1059.001",)),
    ("powershell Compress-Archive C:\\Logs\\*.log C:\\Logs\\old.zip", ("T1059.001",)),
    ("powershell Get-ChildItem C:\\Temp -Recurse | Remove-Item -WhatIf", ("T1059.001",)),
    ("powershell Get-ItemProperty HKLM:\\SOFTWARE\\Example", ("T1059.001",)),
    ("powershell Restart-Service Spooler", ("T1059.001",)),
    ("powershell Stop-Process -Name notepad", ("T1059.001",)),
    ("powershell Set-MpPreference -DisableRealtimeMonitoring $false", ("T1059.001",)),
    ("powershell Add-Type -AssemblyName System.Windows.Forms", ("T1059.001",)),
    ("powershell -WindowStyle Normal -Command Get-Date", ("T1059.001",)),
    ("powershell -Version 5.1 -Command Get-Date", ("T1059.001",)),
    ("powershell '{0} of {1}' -f $done, $all", ("T1059.001",)),
    ('powershell Write-Host "one`ntwo`tthree"', ("T1059.001",)),
    ("powershell $p = Get-Credential; Connect-AzAccount -Credential $p", ("T1059.001",)),
    ("powershell ConvertTo-SecureString $p -AsPlainText -Force", ("T1059.001",)),
    ("powershell Get-ADUser -Identity jdoe -Properties mail", ("T1059.001",)),
    ("powershell Get-ADComputer -Identity ws01", ("T1059.001",)),
    ("powershell Update-Help; Get-Help Invoke-Command", ("T1059.001",)),
    ("powershell Invoke-Command -ScriptBlock { Get-Date }", ("T1059.001",)),
    ("powershell Enter-PSSession srv01.example.com", ("T1021.006", "T1059.001")),
    ("powershell (Get-CimInstance Win32_OperatingSystem).Version", ("T1059.001", "T1082")),
]


@pytest.mark.parametrize(("command_line", "expected"), BENIGN)
def test_administration_shows_what_it_is_and_nothing_worse(command_line, expected):
    assert classify(command_line) == ("", expected)
