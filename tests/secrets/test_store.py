"""Where a secret is found, and what is said of one that is not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.secrets import MissingSecretError, Secret, Secrets, Status
from app.secrets import names as known_names
from app.secrets.errors import AbsentError, UnavailableError
from app.secrets.keyvault import Fetch, Version
from app.variables import SettingsError

_VAULT = "https://hunt.vault.azure.net"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    return tmp_path / "secrets"


@pytest.fixture
def make(folder: Path) -> Callable[..., Secrets]:
    """Secrets of an environment; `vaults` holds the secrets of vaults by URL and name."""

    def made(vaults: dict[str, str] | None = None, /, **environment: str) -> Secrets:
        def connect(url: str) -> Fetch:
            def fetch(name: str, version: str) -> Version:
                place = f"{url}/{name}" + (version and f"/{version}")
                if vaults is None or place not in vaults:
                    raise AbsentError(f"{place} does not exist")
                return Version(Secret(vaults[place]), version or "v1")

            return fetch

        return Secrets({"HUNT_SECRETS_DIR": str(folder), **environment}, connect)

    return made


Make = Callable[..., Secrets]


@pytest.mark.parametrize("name", ["vt_key", "VT_KEY"])
def test_environment_file_of_the_environment_mounted_file_vault(
    make: Make, folder: Path, tmp_path: Path, name: str
) -> None:
    """Each place counts where those before it have nothing."""
    other = tmp_path / "other"
    other.write_text("file of the environment\n")
    vaults = {f"{_VAULT}/vt-key": "vault", f"{_VAULT}/VT-KEY": "vault"}
    environment = {"VT_KEY": "environment", "VT_KEY_FILE": str(other), "HUNT_KEYVAULT_URL": _VAULT}
    (folder / "VT_KEY").write_text("mounted\n")

    found = [make(vaults, **environment).get(name).reveal()]
    del environment["VT_KEY"]
    found.append(make(vaults, **environment).get(name).reveal())
    environment["VT_KEY_FILE"] = ""
    found.append(make(vaults, **environment).get(name).reveal())
    (folder / "VT_KEY").unlink()
    found.append(make(vaults, **environment).get(name).reveal())
    assert found == ["environment", "file of the environment", "mounted", "vault"]


def test_name_as_written_comes_before_capitals(make: Make) -> None:
    assert make(vt_key="small", VT_KEY="capital").get("vt_key").reveal() == "small"


def test_names_that_dsdl_prescribes_are_not_taken_from_capitals(make: Make) -> None:
    assert not make(SPLUNK_ACCESS_TOKEN="of Splunk Observability").has("splunk_access_token")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("env:OTHER", "of other"),
        ("file:{folder}/mounted", "of file"),
        ("keyvault:vt", "newest"),
        ("keyvault:vt/v7", "version 7"),
        ("keyvault:https://second.vault.azure.net/secrets/vt", "of the second"),
        ("leads_to_vault", "newest"),
        ("leads_to_other", "of other"),
        ("mounted", "env:OTHER"),
    ],
)
def test_references_are_followed_but_not_those_in_files(
    make: Make, folder: Path, name: str, value: str
) -> None:
    (folder / "mounted").write_text("of file" if name.startswith("file:") else "env:OTHER")
    vaults = {
        f"{_VAULT}/vt": "newest",
        f"{_VAULT}/vt/v7": "version 7",
        "https://second.vault.azure.net/vt": "of the second",
    }
    secrets = make(
        vaults,
        HUNT_KEYVAULT_URL=_VAULT,
        OTHER="of other",
        leads_to_vault="keyvault:vt",
        leads_to_other="env:LEADS",
        LEADS="env:OTHER",
    )
    assert secrets.get(name.format(folder=folder)).reveal() == value


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (
            "vt_key",
            (
                "set the environment variable vt_key or VT_KEY, or put it into the file"
                " {folder}/vt_key or a Key Vault"
            ),
        ),
        ("env:NONE", "the environment variable NONE is not set"),
        ("file:/none", "'/none' cannot be read: No such file or directory"),
        ("keyvault:vt", "HUNT_KEYVAULT_URL does not say which Key Vault it is in"),
        (
            "keyvault:https://a.vault.azure.net/secrets/b",
            "https://a.vault.azure.net/b does not exist",
        ),
        ("to_file", "'/nowhere' cannot be read: No such file or directory"),
        ("circle", "it is a reference to a reference without end"),
        (
            "malformed",
            (
                "the environment variable malformed is no reference: after file: comes a path that"
                " begins with /"
            ),
        ),
    ],
)
def test_missing_secret_is_told_with_name_and_reason(
    make: Make, folder: Path, name: str, why: str
) -> None:
    secrets = make(to_file_FILE="/nowhere", circle="env:circle", malformed="file:password")
    with pytest.raises(MissingSecretError) as caught:
        secrets.get(name)
    error = caught.value
    assert (error.name, error.why) == (name, why.format(folder=folder))
    assert str(error) == f"the secret {name!r} is missing: {error.why}"


@pytest.mark.parametrize(
    "text", ["redis://:password@cache.example.org", "file:password", "a password", "", "../x"]
)
def test_secret_that_was_put_where_its_name_belongs_is_not_shown(make: Make, text: str) -> None:
    secrets = make()
    with pytest.raises(MissingSecretError) as caught:
        secrets.get(text)
    shown = f"{caught.value} {caught.value!r} {secrets.missing()}"
    assert caught.value.name == "(not a name)"
    assert not text or text not in shown


def test_values_of_environment_and_files_are_read_every_time(folder: Path) -> None:
    environment = {"HUNT_SECRETS_DIR": str(folder), "one": "old"}
    secrets = Secrets(environment)
    assert secrets.get("one").reveal() == "old"
    environment["one"] = "new"
    assert secrets.get("one").reveal() == "new"
    (folder / "two").write_text("old")
    assert secrets.get("two").reveal() == "old"
    (folder / "two").write_text("new")
    assert secrets.get("two").reveal() == "new"


def test_refresh_never_raises(make: Make) -> None:
    secrets = make(here="value", HUNT_KEYVAULT_URL=_VAULT)
    for name in ("here", "nowhere", "keyvault:x", "file:password", "keyvault:vt/v1"):
        secrets.refresh(name)


def test_status_tells_of_known_and_asked_names(make: Make, folder: Path) -> None:
    vaults = {f"{_VAULT}/otx-api-key": "value"}
    secrets = make(
        vaults,
        HUNT_KEYVAULT_URL=_VAULT,
        VIRUSTOTAL_API_KEY="value",
        misp_api_key="keyvault:misp/v3",
        misp_url_FILE="/nowhere",
    )
    (folder / "greynoise_api_key").write_text("value")
    with pytest.raises(MissingSecretError):
        secrets.get("your_own")
    found = {status.name: status for status in secrets.status(["another"])}
    assert list(found) == [*known_names.known(), "your_own", "another"]
    assert [
        found[name]
        for name in ("virustotal_api_key", "greynoise_api_key", "otx_api_key", "api_token")
    ] == [
        Status("virustotal_api_key", "there", "environment variable VIRUSTOTAL_API_KEY"),
        Status("greynoise_api_key", "there", f"file {folder}/greynoise_api_key"),
        Status("otx_api_key", "there", f"{_VAULT}/secrets/otx-api-key"),
        Status("api_token", "absent", "", f"{_VAULT}/api-token does not exist"),
    ]
    assert [found[name] for name in ("misp_api_key", "misp_url")] == [
        Status("misp_api_key", "unavailable", "", f"{_VAULT}/misp/v3 does not exist"),
        Status(
            "misp_url", "unavailable", "", "'/nowhere' cannot be read: No such file or directory"
        ),
    ]


def test_missing_tells_of_wanted_and_asked_names_only(make: Make) -> None:
    secrets = make(one="value")
    assert secrets.missing() == []
    assert [status.name for status in secrets.missing(["one", "two"])] == ["two"]
    assert not secrets.has("three")
    assert [status.name for status in secrets.missing(["two"])] == ["three", "two"]


def test_vault_that_is_down_at_the_start_is_tried_again(folder: Path) -> None:
    answers: list[Version | Exception] = [UnavailableError("down", 0), Version(Secret("x"), "v1")]
    now = [0.0]

    def fetch(name: str, version: str) -> Version:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    environment = {"HUNT_SECRETS_DIR": str(folder), "HUNT_KEYVAULT_URL": _VAULT}
    secrets = Secrets(environment, lambda url: fetch, lambda: now[0])
    assert secrets.missing(["vt_key"]) == [Status("vt_key", "unavailable", "", "down")]
    now[0] += 2
    assert secrets.missing(["vt_key"]) == []


def test_environment_that_cannot_be_used_is_told_at_the_start(folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"^HUNT_KEYVAULT_URL is 'hunt': use the form"):
        Secrets({"HUNT_KEYVAULT_URL": "hunt"})
