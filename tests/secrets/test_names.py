"""The known names."""

from pathlib import Path

import pytest
import yaml

import app
from app.enrichment import provider
from app.secrets import names, reference

_PACKAGE = Path(app.__file__).parent
_SHIPPED = sorted((_PACKAGE / "enrichment" / "providers").glob("*.yaml"))


@pytest.mark.parametrize("path", _SHIPPED, ids=lambda path: path.stem)
def test_secrets_of_every_shipped_provider_are_known(path: Path) -> None:
    assert set(provider.read(path).secrets) <= names.known().keys()


def test_every_known_name_is_one() -> None:
    assert [name for name in names.known() if not reference.is_name(name)] == []


def test_names_of_msticpy_lead_to_known_secrets_and_shipped_providers() -> None:
    sections = yaml.safe_load((_PACKAGE / "secrets" / "msticpy.yaml").read_text())
    ours = {path.stem for path in _SHIPPED} | {"geolite"}
    for section in ("TIProviders", "OtherProviders"):
        for entry in sections[section].values():
            assert entry["name"] in ours
            assert {name for key, name in entry.items() if key != "name"} <= names.known().keys()


@pytest.mark.parametrize(
    ("name", "spellings"),
    [
        ("virustotal_api_key", ("virustotal_api_key", "VIRUSTOTAL_API_KEY")),
        ("VT_AUTH_KEY", ("VT_AUTH_KEY",)),
        ("your_own", ("your_own", "YOUR_OWN")),
        ("api_token", ("api_token",)),
        ("splunk_access_token", ("splunk_access_token",)),
    ],
)
def test_spellings(name: str, spellings: tuple[str, ...]) -> None:
    assert names.spellings(name) == spellings
