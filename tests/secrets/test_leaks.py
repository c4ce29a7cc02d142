"""Nothing secret leaves by a log, an error or a status, even if everything logs at DEBUG."""

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.secrets import MissingSecretError, Secrets
from tests.secrets.azure_server import CLIENT_SECRET, IDENTITY_HEADER, Azure, Reply

NAMES = ("virustotal_api_key", "otx_api_key", "misp_api_key", "greynoise_api_key", "not known")
HIDDEN = {
    "virustotal_api_key": "value-in-the-vault",
    "otx_api_key": "value-in-the-environment",
    "misp_api_key": "value-in-a-file",
    "greynoise_api_key": "value-in-a-msticpyconfig",
}


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """All loggers there are, and those to come, write everything."""
    before = {name: logging.getLogger(name).level for name in logging.root.manager.loggerDict}
    for name in before:
        logging.getLogger(name).setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        yield caplog
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture(params=["service_principal", "managed_identity"])
def secrets(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Secrets:
    """Secrets in all places, and the vault to ask."""
    azure: Azure = request.getfixturevalue(request.param)
    azure.secrets["virustotal-api-key"] = {"v1": HIDDEN["virustotal_api_key"]}
    monkeypatch.setenv("OTX_API_KEY", HIDDEN["otx_api_key"])
    (tmp_path / "misp").write_text(HIDDEN["misp_api_key"])
    monkeypatch.setenv("MISP_API_KEY_FILE", str(tmp_path / "misp"))
    config = tmp_path / "msticpyconfig.yaml"
    config.write_text(
        f"TIProviders: {{GreyNoise: {{Args: {{AuthKey: {HIDDEN['greynoise_api_key']}}}}}}}\n"
    )
    monkeypatch.setenv("MSTICPYCONFIG", str(config))
    return Secrets()


def shown(secrets: Secrets) -> str:
    """What is seen of the secrets and of what went wrong with them."""
    texts = [repr(secrets), repr(secrets.msticpy)]
    for name in NAMES:
        try:
            texts.append(f"{secrets.get(name)} {secrets.get(name)!r}")
        except MissingSecretError as missing:
            texts += [repr(missing), *traceback.format_exception(missing)]
    return "\n".join([*texts, repr(secrets.status(NAMES)), repr(secrets.missing(NAMES))])


def assert_hidden(text: str, azure: Azure) -> None:
    for secret in (*HIDDEN.values(), *azure.tokens, CLIENT_SECRET, IDENTITY_HEADER):
        assert secret not in text


def test_nothing_is_shown_when_all_goes_well(
    secrets: Secrets, azure: Azure, everything_logged: pytest.LogCaptureFixture
) -> None:
    assert [secrets.get(name).reveal() for name in HIDDEN] == list(HIDDEN.values())
    text = shown(secrets)
    assert azure.tokens
    assert "azure.identity" in everything_logged.text  # which does write much
    assert_hidden(text + everything_logged.text, azure)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_nothing_is_shown_when_the_vault_fails(
    secrets: Secrets, azure: Azure, everything_logged: pytest.LogCaptureFixture, status: int
) -> None:
    """Here the vault's words quote the value: they are in the SDK's errors, and stay there."""
    document = {"error": {"code": "Bad", "message": f"about {HIDDEN['virustotal_api_key']}"}}
    azure.replies = [Reply(status, document)] * 100
    assert_hidden(shown(secrets) + everything_logged.text, azure)


def test_nothing_is_shown_when_the_identity_fails(
    secrets: Secrets, azure: Azure, everything_logged: pytest.LogCaptureFixture
) -> None:
    azure.refuse_identity = True
    assert_hidden(shown(secrets) + everything_logged.text, azure)


def test_words_of_an_identity_service_are_not_in_errors(
    service_principal: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that quotes what it was sent."""
    service_principal.refuse_identity = service_principal.quotes = True
    assert_hidden(shown(Secrets()), service_principal)


def test_vault_that_is_no_vault_is_told_without_its_words(
    service_principal: Azure, everything_logged: pytest.LogCaptureFixture
) -> None:
    service_principal.replies = [Reply(200, HIDDEN["virustotal_api_key"])] * 100
    assert_hidden(shown(Secrets()) + everything_logged.text, service_principal)
