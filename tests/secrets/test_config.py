"""The variables that say where secrets are."""

from pathlib import Path

import pytest

from app.secrets import config
from app.secrets.config import SecretsConfig
from app.variables import SettingsError


def test_defaults() -> None:
    assert config.load({"HUNT_KEYVAULT_URL": ""}) == SecretsConfig(
        vault_url="", folder=Path("/run/secrets"), seconds=600, msticpyconfig=None
    )


def test_all_variables_are_read(tmp_path: Path) -> None:
    file = tmp_path / "msticpyconfig.yaml"
    file.touch()
    given = {
        "HUNT_KEYVAULT_URL": "https://hunt.vault.azure.net/",
        "HUNT_SECRETS_DIR": "/mnt/secrets",
        "HUNT_SECRETS_SECONDS": "60",
        "MSTICPYCONFIG": str(file),
    }
    assert config.load(given) == SecretsConfig(
        "https://hunt.vault.azure.net", Path("/mnt/secrets"), 60, file
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUNT_KEYVAULT_URL", "http://hunt.vault.azure.net"),
        ("HUNT_KEYVAULT_URL", "hunt"),
        ("HUNT_KEYVAULT_URL", "https://hunt.vault.azure.net/secrets/x"),
        ("HUNT_SECRETS_SECONDS", "0"),
        ("HUNT_SECRETS_SECONDS", "ten"),
        ("HUNT_SECRETS_SECONDS", "86401"),
        ("MSTICPYCONFIG", "/nowhere/msticpyconfig.yaml"),
    ],
)
def test_mistake_is_told_with_variable_and_value(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is '{value}': "):
        config.load({name: value})
