"""Whatever settings.yaml names can be set in .env."""

from pathlib import Path

import yaml

from app import variables

ROOT = Path(__file__).parents[2]
# What the container itself decides.
_FIXED = {
    "HOST",
    "PORT",
    "SRV_DIR",
    "ENABLE_HTTPS",
    "API_SSL_CERT",
    "API_SSL_KEY",
    "MODE_DEV_PROD",
}


def test_every_setting_of_the_service_reaches_the_container() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    groups = ("service", "lookups", "secrets")
    named = {variable.name for group in groups for variable in variables.group(group)}
    assert named - set(compose["x-settings"]) == _FIXED
