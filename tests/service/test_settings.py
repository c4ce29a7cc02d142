"""What the environment may say, and what it may not."""

from dataclasses import asdict
from pathlib import Path

import pytest

from app import settings
from app.secrets import Secret
from app.settings import SettingsError

_NO_TOKEN = (
    "api_token must be a long random text: set the environment variable api_token, or put it into"
    " the file /run/secrets/api_token or a Key Vault"
)


def test_settings_have_defaults_for_all_but_the_token() -> None:
    values = asdict(settings.load({"api_token": "t"}))
    assert values.pop("api_token").reveal() == "t"
    assert values == {
        "api_workers": 1,
        "host": "0.0.0.0",
        "port": 5000,
        "srv_dir": Path("/srv"),
        "https": True,
        "certificate": None,
        "key": None,
        "max_job_seconds": 3600,
        "max_job_memory_mb": 8000,
        "max_body_mb": 1024,
        "signatures": None,
        "public_graphics": False,
        "link_seconds": 604_800,
        "develops": False,
    }


def test_settings_are_read_by_their_exact_names(tmp_path: Path) -> None:
    cert, key = tmp_path / "c.pem", tmp_path / "k.pem"
    cert.touch()
    key.touch()
    values = asdict(
        settings.load(
            {
                "api_token": "t",
                "api_workers": "4",
                "HOST": "127.0.0.1",
                "PORT": "0",
                "SRV_DIR": str(tmp_path),
                "ENABLE_HTTPS": "False",
                "API_SSL_CERT": str(cert),
                "API_SSL_KEY": str(key),
                "MAX_JOB_SECONDS": "5",
                "MAX_JOB_MEMORY_MB": "500",
                "MAX_BODY_MB": "10",
                "HUNT_SIGNATURES": str(tmp_path),
                "GRAPHICS_PUBLIC": "yes",
                "GRAPHICS_LINK_SECONDS": "60",
                "MODE_DEV_PROD": "DEV",
            }
        )
    )
    del values["api_token"]
    expected = [4, "127.0.0.1", 0, tmp_path, False, cert, key, 5, 500, 10, tmp_path]
    expected += [True, 60, True]
    assert list(values.values()) == expected


def test_settings_empty_variable_counts_as_not_set() -> None:
    assert settings.load({"api_token": "t", "PORT": ""}).port == 5000


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, _NO_TOKEN),
        ({"api_token": ""}, _NO_TOKEN),
        (
            {"api_token": "two words"},
            "api_token has characters other than printable ASCII without spaces",
        ),
        ({"PORT": "http"}, "PORT is 'http': use a whole number from 0 to 65535"),
        ({"PORT": "65536"}, "PORT is '65536': use a whole number from 0 to 65535"),
        ({"api_workers": "0"}, "api_workers is '0': use a whole number from 1 to 64"),
        ({"api_workers": "²"}, "api_workers is '²': use a whole number from 1 to 64"),
        ({"ENABLE_HTTPS": "maybe"}, "ENABLE_HTTPS is 'maybe': use true or false"),
        (
            {"HUNT_SIGNATURES": "/no/folder"},
            "HUNT_SIGNATURES is '/no/folder': there is no such folder",
        ),
        ({"API_SSL_CERT": "/no/file"}, "API_SSL_CERT is '/no/file': there is no such file"),
        (
            {"API_SSL_CERT": __file__},
            "API_SSL_CERT and API_SSL_KEY belong together: set both or neither",
        ),
    ],
)
def test_settings_error_says_what_to_change(variables: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as error:
        settings.load({"api_token": "t", **variables} if variables else {})
    assert str(error.value) == message


def test_settings_error_never_shows_the_token() -> None:
    with pytest.raises(SettingsError) as error:
        settings.load({"api_token": "my secret"})
    assert "secret" not in str(error.value)


def test_secret_shows_in_no_text() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]} {settings.load({'api_token': 'x9x'})}"


def test_model_data_folder_follows_srv_dir() -> None:
    assert settings.model_data_folder({}) == Path("/srv/app/model/data")
    assert settings.model_data_folder({"SRV_DIR": "/x"}) == Path("/x/app/model/data")
