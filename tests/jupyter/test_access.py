"""Who gets into JupyterLab."""

import hashlib

import pytest
from argon2 import PasswordHasher
from jupyter_server.auth import passwd

from app.jupyter.password import checked
from app.settings import SettingsError
from tests.jupyter.running_jupyter import start

DSDL_DEFAULT = "sha1:f7432152c71d:e8520c26b9d960e838d562768c1d24ef5b9b76c7"


def test_nothing_is_open_without_logging_in(jupyter):
    with jupyter.visitor() as visitor:
        assert visitor.get(f"{jupyter.url}/api/contents").status_code == 403


@pytest.mark.parametrize("token", ["", "a-token-for-tests", "undefined"])
def test_token_does_not_log_in_where_there_is_a_password(jupyter, token):
    headers = {"Authorization": f"token {token}"}
    with jupyter.visitor() as visitor:
        assert visitor.get(f"{jupyter.url}/api/contents", headers=headers).status_code == 403


def test_wrong_password_does_not_log_in(jupyter):
    with jupyter.visitor() as visitor:
        assert jupyter.log_in(visitor, "Splunk4DeepLearning") == 401


@pytest.mark.parametrize("algorithm", ["argon2", "sha1"])
def test_hash_of_a_password_is_accepted(algorithm):
    hashed = passwd("something else", algorithm)
    assert checked(f"{hashed}\n") == hashed


@pytest.mark.parametrize("algorithm", ["argon2", "sha1"])
@pytest.mark.parametrize("password", ["Splunk4DeepLearning", ""])
def test_hash_of_a_known_password_is_refused(algorithm, password):
    with pytest.raises(SettingsError, match="well-known default"):
        checked(passwd(password, algorithm) if password else _of_nothing(algorithm))


def _of_nothing(algorithm):
    return {
        "argon2": "argon2:" + PasswordHasher().hash(""),
        "sha1": "sha1:00:" + hashlib.sha1(b"00").hexdigest(),
    }[algorithm]


@pytest.mark.parametrize(
    "text", ["letmein", "argon2:$argon2id$v=1$x", "sha1:abc", "md5:1:0123456789abcdef" * 2]
)
def test_what_is_no_hash_is_refused_without_being_shown(text):
    with pytest.raises(SettingsError, match="is not the hash of a password") as refused:
        checked(text)
    assert text not in str(refused.value)


def test_server_does_not_start_with_the_well_known_password(tmp_path):
    with start(tmp_path / "srv", tmp_path, JUPYTER_PASSWD=DSDL_DEFAULT) as process:
        log = process.communicate(timeout=60)[1]
    assert process.returncode != 0
    assert "JUPYTER_PASSWD is DSDL's well-known default" in log
