"""What lookups add to rows, with the bundled feeds and databases; nothing leaves the machine."""

from hashlib import sha256

import pandas as pd
import pytest

from app.enrichment import columns, sources
from app.hunting import powershell
from app.settings import SettingsError

ADDED = powershell.columns()[-8:]


def added(
    *lines: str, ti: str = "", whois: bool | None = None, delim: str = "|"
) -> list[tuple[object, ...]]:
    frame = pd.DataFrame({"cmd": lines})
    enrich = columns.ioc_columns(ti, whois, delim)
    result = powershell.annotate(frame, "cmd", delim, enrich=enrich)
    return list(result[list(ADDED)].itertuples(index=False, name=None))


def test_rows_say_who_owns_their_addresses_and_what_feeds_know(configured: object) -> None:
    assert added(
        "iwr http://203.0.113.211/a; iwr http://198.51.100.7/b",
        "dir",
        "iwr http://10.1.2.3/a; iwr http://192.0.2.1/b",
        "iwr http://fileserver.example.org/a",
    ) == [
        ("64501|64502", "US|SG", "EXAMPLE-HOSTING|EXAMPLE-CLOUD",
         "malicious", 100, "Example C2|Example scanners", "complete", ""),
        ("", "", "", "", "", "", "complete", ""),
        ("64503", "BR", "EXAMPLE-TELECOM", "unknown", "", "", "complete", ""),
        ("", "", "", "benign", 0, "Our own servers", "complete", ""),
    ]  # fmt: skip


def test_lookups_can_be_switched_off(configured: object) -> None:
    assert added("iwr http://203.0.113.211/a", ti="off", whois=False) == [
        ("", "", "", "", "", "", "off", "")
    ]


def test_without_anything_configured_lookups_are_off(configured: pytest.MonkeyPatch) -> None:
    configured.setenv("HUNT_FEEDS", "")
    configured.setenv("HUNT_GEO", "")
    assert added("iwr http://203.0.113.211/a") == [("", "", "", "", "", "", "off", "")]
    with pytest.raises(ValueError, match="ti=local, but there are no feeds"):
        added("dir", ti="local")
    with pytest.raises(ValueError, match="whois=on, but nothing is set up"):
        added("dir", whois=True)


def test_provider_that_there_is_not_is_an_error_that_names_those_there_are(
    configured: object,
) -> None:
    with pytest.raises(ValueError, match=r"no provider 'virustotl'; use off, .* virustotal"):
        added("dir", ti="local,virustotl")


def test_provider_that_fails_costs_its_own_answers_only(configured: pytest.MonkeyPatch) -> None:
    configured.delenv("VIRUSTOTAL_API_KEY", raising=False)
    [row] = added("iwr http://203.0.113.211/a " + sha256(b"x").hexdigest(), ti="local,virustotal")
    assert row[3:7] == ("malicious", 100, "Example C2", "partial")
    assert str(row[7]).startswith("virustotal: the secret 'virustotal_api_key' is missing: set ")


def test_folder_that_is_not_there_is_an_error(configured: pytest.MonkeyPatch) -> None:
    configured.setenv("HUNT_FEEDS", "/no")
    with pytest.raises(SettingsError, match="HUNT_FEEDS is '/no': there is no such folder"):
        added("dir")


def test_warm_opens_what_is_indexed_and_starts_nothing(configured: object) -> None:
    ours = sources.sources()
    assert ours.feeds is not None
    sources.warm()
    assert ours.feeds.states() == ()
    ours.feeds.refresh()
    sources.warm()
    assert {state.name for state in ours.feeds.states()} == {
        "Example C2", "Our own servers", "Example payloads", "Example scanners",
    }  # fmt: skip
