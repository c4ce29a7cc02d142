"""The real Azure SDK, over TLS, against a Key Vault on this machine."""

import pytest

from app.secrets import MissingSecretError, Secrets
from tests.secrets.azure_server import Azure, Reply, error


@pytest.fixture(params=["service_principal", "managed_identity"])
def any_identity(request: pytest.FixtureRequest) -> Azure:
    return request.getfixturevalue(request.param)


def why(secrets: Secrets, name: str = "virustotal_api_key") -> str:
    with pytest.raises(MissingSecretError) as caught:
        secrets.get(name)
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value.why


def test_a_secret_is_fetched_in_its_newest_version(any_identity: Azure) -> None:
    assert Secrets().get("virustotal_api_key").reveal() == "the value of vt"
    assert any_identity.asked == ["/secrets/virustotal-api-key/"]


def test_a_named_version_is_fetched(any_identity: Azure) -> None:
    secrets = Secrets()
    assert secrets.get("keyvault:virustotal-api-key/v1").reveal() == "old value"
    assert any_identity.asked == ["/secrets/virustotal-api-key/v1"]
