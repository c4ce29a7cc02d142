import csv
import ipaddress
import re
from collections import Counter
from urllib.parse import urlsplit

import pytest

from app.hunting.decode import Decoded, decode
from app.sample import SAMPLE
from app.sample.events import as_csv

RESERVED = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"]  # RFC 5737, 3849
C2 = [
    "https://203.0.113.211:443/admin/get.php",
    "https://203.0.113.211:443/login/process.php",
    "http://cdn.example.com:8080/news.php",
    *("", "", ""),
    "http://192.0.2.45/a.ps1",
    "http://files.example.net/~upd/setup.exe",
    "https://dl.example.org/pkg/update.zip?id=7",
    "http://198.51.100.7/u.bin",
    "http://198.51.100.19:8080/k",
    "https://captcha.example.com/verify.txt",
    *("", "", "", "", ""),
    "https://paste.example.net/raw/9f3c",
    "tcp://192.0.2.77:4444",
    "https://198.51.100.130/index.aspx",
    "http://sync.example.org/v.txt",
    "http://203.0.113.9/stage2.ps1",
    "dns://stage.t.example.com",
    "http://192.0.2.140:8443/pc.ps1|tcp://192.0.2.140:443",
    "http://203.0.113.60/load/x64.bin",
    "http://192.0.2.200/b.dll",
    "http://[2001:db8::7]:8080/a",
    "http://192.0.2.197/s",
    "https://api.example.net/v1/tasks",
    "https://login.example.com/mfa",
    "http://203.0.113.18/z.ps1",
    "http://x.example.com/k",
    "https://logo.example.com/test/dev1.ps",
    "tcp://198.51.100.66:9001",
    "tcp://192.0.2.99:4443",
    *("", ""),
    "https://upd.example.org/t.ps1",
    *("", ""),
]


@pytest.fixture(scope="module")
def decoded() -> list[Decoded]:
    with SAMPLE.open(newline="", encoding="utf-8") as file:
        return [decode(row["ParentCommandLine"]) for row in csv.DictReader(file)]


def test_sample_is_what_its_generator_writes() -> None:
    assert SAMPLE.read_text("utf-8") == as_csv()


def test_what_the_commands_connect_to_is_found(decoded: list[Decoded]) -> None:
    assert ["|".join(result.c2) for result in decoded] == C2


def test_sample_has_every_status(decoded: list[Decoded]) -> None:
    statuses = Counter(result.status for result in decoded)
    assert statuses == {"decoded": 28, "none": 8, "partial": 3, "error": 1}


def test_sample_has_layers_of_every_kind(decoded: list[Decoded]) -> None:
    steps = {layer.step for result in decoded for layer in result.layers}
    encodings = {f"base64:{name}" for name in ("utf-16-le", "utf-16-be", "ascii", "binary")}
    assert encodings | {"gzip", "deflate", "shellcode:metasploit/reverse_tcp"} <= steps


def test_addresses_are_reserved_for_documentation(decoded: list[Decoded]) -> None:
    networks = [ipaddress.ip_network(text) for text in RESERVED]
    for result in decoded:
        for text in (*result.iocs["ipv4"], *result.iocs["ipv6"]):
            address = ipaddress.ip_address(text)
            assert any(address in network for network in networks), text
        for url in result.c2:
            host = urlsplit(url).hostname or ""
            reserved = re.fullmatch(r"([a-z0-9]+\.)*example\.(com|net|org)", host)
            assert reserved or host in (*result.iocs["ipv4"], *result.iocs["ipv6"]), url
