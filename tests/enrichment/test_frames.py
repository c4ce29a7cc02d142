"""Lookups for columns, with the bundled feeds and databases; nothing leaves the machine."""

import pandas as pd
import pytest

from app.enrichment import frames, sources
from app.hunting import models
from app.hunting.ioc_extract import ioc_extract

FRAME = pd.DataFrame(
    {
        "ip": ["203.0.113.211", "198.51.100.7|192.0.2.99", None, 5],
        "name": ["-", "files[.]example[.]net", "fileserver.example.org", ""],
    },
    index=[7, 7, 3, 9],
)


def rows(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    return list(frame.itertuples(index=False, name=None))


def test_ti_lookup_gives_the_worst_word_on_each_row(configured: object) -> None:
    result = frames.ti_lookup(FRAME, ["ip", "name"])
    report = "https://ti.example.org/report/empire-2026-03"
    assert rows(result) == [
        ("203.0.113.211", "ipv4", "malicious", 100, "Example C2", "c2|Empire|port:443", report,
         "complete", ""),
        ("198.51.100.7|192.0.2.99|files.example.net", "ipv4|ipv4|domain", "malicious", 75,
         "Example scanners|Example C2", "scanner|entry:198.51.100.0/25|c2|Metasploit|port:4443", "",
         "complete", ""),
        ("fileserver.example.org", "domain", "benign", 0, "Our own servers", "", "",
         "complete", ""),
        ("", "", "", "", "", "", "", "complete", ""),
    ]  # fmt: skip
    assert list(result.index) == [7, 7, 3, 9]
    described = [column.name for column in models.model("ti_lookup").columns]
    assert ["<input fields>", *result.columns, "ti_<source>"] == described


def test_ti_lookup_takes_one_type_only(configured: object) -> None:
    result = frames.ti_lookup(FRAME, ["ip", "name"], kind="domain")
    assert list(result["observable"]) == ["", "files.example.net", "fileserver.example.org", ""]
    with pytest.raises(ValueError, match="type='dns' is none of ipv4, ipv6, url, domain"):
        frames.ti_lookup(FRAME, ["ip"], kind="dns")


def test_ti_lookup_gives_each_source_a_column_on_request(configured: object) -> None:
    result = frames.ti_lookup(FRAME, ["ip"], by_provider=True)
    own = result.filter(regex="ti_(example|our)")
    assert {name: list(own[name]) for name in own} == {
        "ti_example_c2": ["malicious", "malicious", "", ""],
        "ti_example_payloads": ["", "", "", ""],
        "ti_example_scanners": ["", "suspicious", "", ""],
        "ti_our_own_servers": ["", "", "", ""],
    }


def test_ip_context_of_the_first_address_that_is_known(configured: object) -> None:
    result = frames.ip_context(FRAME, "ip")
    assert rows(result) == [
        ("64501", "US", "EXAMPLE-HOSTING", "Ashburn", "United States", "US", 39.04, -77.49,
         "mmdb", "complete", ""),
        ("64502", "SG", "EXAMPLE-CLOUD", "Singapore", "Singapore", "SG", 1.29, 103.85,
         "mmdb", "complete", ""),
        ("", "", "", "", "", "", "", "", "", "complete", ""),
        ("", "", "", "", "", "", "", "", "", "complete", ""),
    ]  # fmt: skip
    described = [column.name for column in models.model("ip_context").columns]
    assert ["<input field>", *result.columns] == described


def test_ip_context_can_be_switched_off(configured: object) -> None:
    result = frames.ip_context(FRAME, "ip", whois=False)
    assert set(result["context_status"]) == {"off"}


@pytest.mark.parametrize("fields", [["ip"], ["name", "ip"]])
def test_no_rows(configured: object, fields: list[str]) -> None:
    assert frames.ti_lookup(FRAME.head(0), fields).shape == (0, 9)
    assert frames.ip_context(FRAME.head(0), "ip").shape == (0, 11)
    assert ioc_extract(FRAME.head(0), fields).shape == (0, 10)


def test_ioc_extract_reads_all_fields_of_a_row_together() -> None:
    result = ioc_extract(FRAME, ["name", "ip"])
    assert list(result["ioc_ipv4"]) == ["203.0.113.211", "198.51.100.7|192.0.2.99", "", ""]
    assert list(result["ioc_domain"]) == ["", "files.example.net", "fileserver.example.org", ""]
    described = [column.name for column in models.model("ioc_extract").columns]
    assert ["<input fields>", *result.columns] == described


def test_sources_are_opened_once(configured: object) -> None:
    assert sources.sources() is sources.sources()
