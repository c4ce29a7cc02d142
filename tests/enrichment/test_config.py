from ipaddress import ip_network
from pathlib import Path

import pytest

from app.enrichment import config
from app.enrichment.config import EnrichmentSettings
from app.enrichment.observables import Internal
from app.settings import SettingsError


def test_load_reads_every_variable(tmp_path: Path) -> None:
    environment = {
        "HUNT_TI_PROVIDERS": "VirusTotal, otx,",
        "HUNT_TI_PROVIDER_FOLDER": str(tmp_path),
        "HUNT_TI_SECONDS": "5",
        "HUNT_TI_LOOKUPS": "0",
        "HUNT_TI_BACKGROUND_SECONDS": "7",
        "HUNT_TI_CACHE_HITS": "8",
        "HUNT_TI_CACHE_MISSES": "9",
        "HUNT_TI_CACHE_ERRORS": "10",
        "HUNT_TI_CACHE_REDIS": "redis_url",
        "HUNT_INTERNAL": "10.0.0.0/8 contoso.com",
        "HUNT_TI_SEND_QUERY": "yes",
        "HUNT_FEEDS": str(tmp_path),
        "HUNT_GEO": str(tmp_path),
        "HUNT_WHOIS": "whois.example.org:4343",
        "HUNT_RDAP": "on",
        "HUNT_WHOIS_SECONDS": "11",
    }
    internal = Internal((ip_network("10.0.0.0/8"),), ("contoso.com",))
    assert config.load(environment) == EnrichmentSettings(
        ("virustotal", "otx"), tmp_path, 5, 0, 7, 8, 9, 10, "redis_url", internal, True,
        tmp_path, tmp_path, ("whois.example.org", 4343), True, 11,
    )  # fmt: skip


def test_load_takes_defaults_for_what_is_missing_or_empty() -> None:
    assert config.load({"HUNT_TI_SECONDS": ""}) == EnrichmentSettings(
        (), None, 20, 5000, 120, 86_400, 21_600, 300, "", Internal(), False,
        None, None, None, False, 10,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("HUNT_TI_SECONDS", "0", "HUNT_TI_SECONDS is '0': use a whole number from 1 to 3600"),
        ("HUNT_TI_SEND_QUERY", "maybe", "HUNT_TI_SEND_QUERY is 'maybe': use true or false"),
        ("HUNT_TI_PROVIDER_FOLDER", "/no", "HUNT_TI_PROVIDER_FOLDER is '/no': there is no such folder"),
        ("HUNT_INTERNAL", "10.0.0.0/99", "HUNT_INTERNAL cannot be used: '10.0.0.0/99' is no network, address or domain"),
    ],
)  # fmt: skip
def test_load_names_the_variable_that_cannot_be_used(name: str, text: str, message: str) -> None:
    with pytest.raises(SettingsError) as raised:
        config.load({name: text})
    assert str(raised.value) == message
