"""The real Azure SDK, over TLS, against a Key Vault on this machine."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.secrets import MissingSecretError, Secrets, Status, azure
from app.secrets.azure import Identity
from tests.secrets.azure_server import TENANT, Azure, Reply, error

NAME = "virustotal_api_key"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["service_principal", "managed_identity"])
def any_identity(request: pytest.FixtureRequest) -> Azure:
    return request.getfixturevalue(request.param)


def why(secrets: Secrets, name: str = NAME) -> str:
    with pytest.raises(MissingSecretError) as caught:
        secrets.get(name)
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value.why


def test_newest_version_is_fetched_once(any_identity: Azure) -> None:
    secrets = Secrets()
    assert [secrets.get(NAME).reveal() for _ in range(3)] == ["the value of vt"] * 3
    assert any_identity.asked == ["/secrets/virustotal-api-key/"]


def test_named_version_is_fetched(any_identity: Azure) -> None:
    assert Secrets().get("keyvault:virustotal-api-key/v1").reveal() == "old value"
    assert any_identity.asked == ["/secrets/virustotal-api-key/v1"]


def test_other_vault_is_asked_with_the_same_identity(service_principal: Azure) -> None:
    other = service_principal.vault.replace("hunt", "other")
    secrets = Secrets()
    secrets.get(NAME)
    secrets.get(f"keyvault:{other}/secrets/virustotal-api-key")
    assert len(service_principal.tokens) == 1


def test_new_version_is_fetched_when_the_old_one_is_due(
    service_principal: Azure, clock: Clock
) -> None:
    secrets = Secrets(clock=clock)
    secrets.get(NAME)
    service_principal.secrets["virustotal-api-key"]["v3"] = "rotated"
    assert secrets.get(NAME).reveal() == "the value of vt"
    clock.now += 600
    assert secrets.get(NAME).reveal() == "rotated"


def test_refresh_fetches_what_was_rotated(service_principal: Azure, clock: Clock) -> None:
    secrets = Secrets(clock=clock)
    secrets.get(NAME)
    service_principal.secrets["virustotal-api-key"]["v3"] = "rotated"
    clock.now += 30
    secrets.refresh(NAME)
    assert secrets.get(NAME).reveal() == "rotated"


def test_token_that_is_revoked_is_replaced(service_principal: Azure, clock: Clock) -> None:
    """Continuous access evaluation: the vault wants a token with further claims."""
    secrets = Secrets(clock=clock)
    secrets.get(NAME)
    claims = base64.b64encode(b'{"access_token":{"nbf":{"essential":true,"value":"1"}}}').decode()
    challenge = f'{service_principal.challenge}, error="insufficient_claims", claims="{claims}"'
    service_principal.replies = [Reply(401, None, {"WWW-Authenticate": challenge})]
    clock.now += 600
    service_principal.secrets["virustotal-api-key"]["v3"] = "rotated"
    assert secrets.get(NAME).reveal() == "rotated"
    assert len(service_principal.tokens) == 2


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (error(404, "SecretNotFound"), "/secrets/virustotal-api-key does not exist, or is deleted"),
        (
            error(403, "Forbidden", "SecretDisabled"),
            "/secrets/virustotal-api-key is disabled (HTTP 403 SecretDisabled)",
        ),
        (
            error(403, "Forbidden", "ForbiddenByRbac"),
            (
                "/secrets/virustotal-api-key is not for this service's identity"
                " (HTTP 403 ForbiddenByRbac)"
            ),
        ),
        (
            error(403, "Forbidden", "not a word: something"),
            "/secrets/virustotal-api-key is not for this service's identity (HTTP 403)",
        ),
        (Reply(403), "/secrets/virustotal-api-key is not for this service's identity (HTTP 403)"),
        (error(400, "BadParameter"), "/secrets/virustotal-api-key cannot be asked for (HTTP 400)"),
        (error(401, "Unauthorized"), " does not accept this service's identity (HTTP 401)"),
        (error(429, "Throttled"), " is asked too often (HTTP 429)"),
        (error(500, "InternalServerError"), " does not work (HTTP 500)"),
        (Reply(503, "<html>"), " does not work (HTTP 503)"),
        (
            Reply(200, {"value": "", "id": "https://hunt.vault.test/secrets/x/v1"}),
            "/secrets/x is empty",
        ),
    ],
)
def test_refusal_is_told_in_our_words(service_principal: Azure, reply: Reply, reason: str) -> None:
    service_principal.replies = [reply]
    assert why(Secrets()) == f"{service_principal.vault}{reason}"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, "not an object"),
        Reply(200, {"id": "https://hunt.vault.test/secrets/x/v1"}),
        Reply(200, {"value": 5, "id": "no URL"}),
        Reply(200, {"value": "x", "id": "https://hunt.vault.test/secrets/x/v1", "attributes": [1]}),
        Reply(200, None, {"Content-Type": "text/plain"}),
        Reply(302, None, {"Location": "https://evil.test/"}),
    ],
)
def test_malformed_answer_is_a_missing_secret(service_principal: Azure, reply: Reply) -> None:
    service_principal.replies = [reply]
    assert why(Secrets()).startswith(service_principal.vault)


def test_disabled_secret(service_principal: Azure) -> None:
    service_principal.attributes["virustotal-api-key"] = {"enabled": False}
    assert why(Secrets()).endswith("is disabled (HTTP 403 SecretDisabled)")


def test_expired_secret_is_given_and_told(
    service_principal: Azure, caplog: pytest.LogCaptureFixture
) -> None:
    service_principal.attributes["virustotal-api-key"] = {"exp": 1_706_659_200}
    secrets = Secrets()
    assert secrets.get(NAME).reveal() == "the value of vt"
    assert caplog.messages == ["the secret 'virustotal-api-key' expired on 2024-01-31"]
    assert {status.name: status for status in secrets.status()}[NAME] == Status(
        NAME,
        "there",
        f"{service_principal.vault}/secrets/virustotal-api-key",
        "expired on 2024-01-31",
    )


def test_throttling_is_honoured_and_does_not_hold_anybody_up(
    service_principal: Azure, clock: Clock
) -> None:
    service_principal.replies = [error(429, "Throttled", Retry_After="40")]
    secrets = Secrets(clock=clock)
    assert "HTTP 429" in why(secrets)
    clock.now += 39
    assert why(secrets).endswith("is asked too often (HTTP 429); it is asked again in 1 s")
    assert len(service_principal.asked) == 1
    clock.now += 1
    assert secrets.get(NAME).reveal() == "the value of vt"


def test_vault_that_comes_back_is_used(service_principal: Azure, clock: Clock) -> None:
    service_principal.replies = [error(503, "Unavailable")]
    secrets = Secrets(clock=clock)
    assert [status.state for status in secrets.missing([NAME])] == ["unavailable"]
    clock.now += 5
    assert secrets.missing([NAME]) == []


def test_identity_that_is_refused(
    service_principal: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "another-secret-that-nobody-may-see")
    assert why(Secrets()) == (
        f"{service_principal.vault}: Microsoft Entra refuses this service's identity (AADSTS7000215)"
    )


def test_no_identity(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    assert why(Secrets()) == (
        f"{azure.vault}: this service has no Azure identity that works: give it a managed or"
        " workload identity, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
    )


def test_managed_identity_that_is_refused(managed_identity: Azure) -> None:
    managed_identity.refuse_identity = True
    assert "has no Azure identity that works" in why(Secrets())


def test_token_is_not_sent_to_a_server_that_is_no_vault(
    service_principal: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may answer with a vault's challenge: the token would be one for all vaults."""
    evil = f"https://evil.test:{service_principal.port}"
    monkeypatch.setenv("HUNT_KEYVAULT_URL", evil)
    assert why(Secrets()) == (
        f"{evil}: its demand for a token, or an AZURE_* variable, cannot be trusted"
    )
    assert (service_principal.tokens, service_principal.asked) == ([], [])


@pytest.mark.parametrize("asked_before", [False, True])
def test_certificates_of_vault_and_identity_are_checked(
    service_principal: Azure, monkeypatch: pytest.MonkeyPatch, asked_before: bool
) -> None:
    if asked_before:  # then whom to ask for a token is known
        Secrets().get(NAME)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    who = ": the service that gives tokens" if asked_before else ""
    assert why(Secrets()) == (
        f"{service_principal.vault}{who} cannot be reached (its certificate is not trusted;"
        " REQUESTS_CA_BUNDLE names a private CA's file)"
    )


def test_vault_that_nobody_serves(
    service_principal: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUNT_KEYVAULT_URL", "https://hunt.vault.test:1")
    assert why(Secrets()) == (
        "https://hunt.vault.test:1 cannot be reached (the connection is refused)"
    )


def test_identity_service_that_nobody_serves(
    service_principal: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "https://login.test:1")
    assert why(Secrets()) == (
        f"{service_principal.vault}: the service that gives tokens cannot be reached"
        " (the connection is refused)"
    )


def test_authority_without_tls_is_refused(
    service_principal: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "http://login.test")
    assert why(Secrets()).endswith("or an AZURE_* variable, cannot be trusted")


def test_vault_and_identity_of_a_msticpyconfig(
    service_principal: Azure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "msticpyconfig.yaml"
    file.write_text(
        f"TIProviders: {{VirusTotal: {{Args: {{AuthKey: {{KeyVault: virustotal-api-key}}}}}}}}\n"
        f"KeyVault: {{TenantId: {TENANT}}}\nAzure: {{auth_methods: [env]}}\n"
    )
    monkeypatch.setenv("MSTICPYCONFIG", str(file))
    assert Secrets().get(NAME).reveal() == "the value of vt"


@pytest.mark.parametrize(
    ("identity", "variables", "tried"),
    [
        (Identity(), {}, ["Environment", "WorkloadIdentity", "ManagedIdentity", "AzureCli"]),
        (Identity(methods=("cli",)), {}, ["AzureCli"]),
        (
            Identity(methods=("managed_identity", "environment")),
            {},
            ["Environment", "ManagedIdentity"],
        ),
        (
            Identity(methods=("cli",)),
            {"AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential"},
            ["ManagedIdentity"],
        ),
    ],
)
def test_identities_that_are_tried(
    monkeypatch: pytest.MonkeyPatch,
    identity: Identity,
    variables: dict[str, str],
    tried: list[str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with azure.credential(identity) as credential:
        names = [type(each).__name__ for each in credential.credentials]
    # Where workload identity is not set up, the SDK puts a stand-in that says so into its place.
    kinds = [
        name.removesuffix("Credential").replace("FailedDAC", "WorkloadIdentity") for name in names
    ]
    assert kinds == tried


def test_sdk_is_imported_only_where_a_vault_is_asked() -> None:
    code = (
        "import os, sys; from app.secrets import Secrets\n"
        "os.environ['HUNT_KEYVAULT_URL'] = 'https://hunt.vault.azure.net'; os.environ['x'] = 'y'\n"
        "secrets = Secrets(); secrets.get('x'); secrets.refresh('z')\n"
        "print([name for name in sys.modules if name.startswith(('azure', 'msal'))])"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20)
    assert (done.stdout, done.stderr) == ("[]\n", "")
