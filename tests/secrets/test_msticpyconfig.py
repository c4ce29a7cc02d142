"""Reading the msticpyconfig.yaml that users have."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.secrets import Secret, Secrets, Status, msticpyconfig
from app.secrets.azure import Identity
from app.secrets.msticpyconfig import Entry, MsticpyConfig
from app.secrets.reference import Given, InVault, Named

_WHOLE = """
msticpy:
  FriendlyExceptions: True
AzureSentinel:
  Workspaces:
    Default: {WorkspaceId: 00000000-0000-0000-0000-000000000000, TenantId: [1, 2]}
QueryDefinitions:
Azure:
  cloud: global
  auth_methods: [env, msi, cli, interactive]
TIProviders:
  OTX:
    Args:
      AuthKey: 0123
    Primary: True
    Provider: OTX
  VirusTotal:
    Args:
      AuthKey:
        EnvironmentVar: VT_KEY
      UseVT3PrivateAPI: False
    Primary: yes
  Our X-Force:
    Args:
      ApiID: {KeyVault: xforce-id}
      AuthKey: {KeyVault: other-vault/xforce_key}
    Primary: False
    Provider: XForce
  GreyNoise:
    Args:
      AuthKey:
        KeyVault:
  AbuseIPDB:
    Args:
      AuthKey: {KeyVault: Default}
  OpenPageRank:
    Args:
      AuthKey:
  TorExitNodes:
    Primary: True
  IntSights:
    Args: {ApiID: somebody, AuthKey: something}
OtherProviders:
  GeoIPLite:
    Args:
      AuthKey: license key
      DBFolder: ~/geo
    Provider: GeoLiteLookup
  IPStack:
    Args: {AuthKey: something}
KeyVault:
  TenantId: 11111111-2222-3333-4444-555555555555
  SubscriptionId: 22222222-2222-3333-4444-555555555555
  VaultName: hunt-vault
  UseKeyring: True
  Authority: usgov
"""
_HUNT = "https://hunt-vault.vault.usgovcloudapi.net"
_OTHER = "https://other-vault.vault.usgovcloudapi.net"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "msticpyconfig.yaml"


def _entry(name: str, key: str, place: object) -> Entry:
    return Entry(f"TIProviders.{name}.Args.{key}", place)


def test_whole_file(file: Path) -> None:
    file.write_text(_WHOLE)
    assert msticpyconfig.read(file) == MsticpyConfig(
        secrets={
            "otx_api_key": _entry("OTX", "AuthKey", Given(Secret("0123"))),
            "virustotal_api_key": _entry("VirusTotal", "AuthKey", Named("VT_KEY")),
            "xforce_api_key": _entry("Our X-Force", "ApiID", InVault("xforce-id", vault=_HUNT)),
            "xforce_api_password": _entry(
                "Our X-Force", "AuthKey", InVault("xforce-key", vault=_OTHER)
            ),
            "greynoise_api_key": _entry(
                "GreyNoise",
                "AuthKey",
                InVault("TIProviders-GreyNoise-Args-AuthKey", vault=_HUNT),
            ),
            "abuseipdb_api_key": _entry(
                "AbuseIPDB",
                "AuthKey",
                InVault("TIProviders-AbuseIPDB-Args-AuthKey", vault=_HUNT),
            ),
            "maxmind_license_key": Entry(
                "OtherProviders.GeoIPLite.Args.AuthKey", Given(Secret("license key"))
            ),
        },
        primary={
            "otx": True,
            "virustotal": True,
            "xforce": False,
            "greynoise": False,
            "abuseipdb": False,
            "openpagerank": False,
            "tor": True,
        },
        geoip_folder=Path("~/geo").expanduser(),
        vault_url=_HUNT,
        identity=Identity(
            "11111111-2222-3333-4444-555555555555",
            "login.microsoftonline.us",
            ("environment", "managed_identity", "workload_identity", "cli"),
        ),
        mistakes=[],
    )


@pytest.mark.parametrize("text", ["", "{}", "# nothing\n", "TIProviders:\n", "Else: [1, 2]\n"])
def test_file_without_anything_of_interest(file: Path, text: str) -> None:
    file.write_text(text)
    assert msticpyconfig.read(file) == MsticpyConfig()


def test_anchors_and_merges_are_resolved(file: Path) -> None:
    file.write_text(
        "TIProviders:\n  OTX: &any\n    Args: {AuthKey: key}\n    Primary: true\n"
        "  VirusTotal:\n    <<: *any\n    Primary: false\n"
    )
    config = msticpyconfig.read(file)
    assert (set(config.secrets), config.primary) == (
        {"otx_api_key", "virustotal_api_key"},
        {"otx": True, "virustotal": False},
    )


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("- a list\n", "its top level: must be a mapping of keys to values"),
        ("TIProviders: hidden\n", "TIProviders: must be a mapping of keys to values"),
        ("TIProviders: {OTX: hidden}\n", "TIProviders.OTX: must be a mapping of keys to values"),
        (
            "TIProviders: {OTX: {Args: [hidden]}}\n",
            "TIProviders.OTX.Args: must be a mapping of keys to values",
        ),
        (
            "TIProviders: {OTX: {Args: {AuthKey: [hidden]}}}\n",
            "TIProviders.OTX.Args.AuthKey: must be a text, or have a key EnvironmentVar or KeyVault",
        ),
        (
            "TIProviders: {OTX: {Args: {AuthKey: {Keyvault: hidden}}}}\n",
            "TIProviders.OTX.Args.AuthKey: must be a text, or have a key EnvironmentVar or KeyVault",
        ),
        (
            "TIProviders: {OTX: {Args: {AuthKey: {EnvironmentVar: hidden value}}}}\n",
            "TIProviders.OTX.Args.AuthKey: EnvironmentVar must be the name of a variable",
        ),
        (
            "TIProviders: {OTX: {Args: {AuthKey: {KeyVault: [hidden]}}}}\n",
            "TIProviders.OTX.Args.AuthKey: KeyVault must be the name of a secret, or VAULT/NAME",
        ),
        (
            "TIProviders: {OTX: {Args: {AuthKey: {KeyVault: 'https://hidden/x'}}}}\n",
            "TIProviders.OTX.Args.AuthKey: KeyVault must be the name of a secret, or VAULT/NAME",
        ),
        (
            "TIProviders: {OTX: {Args: {authkey: hidden}}}\n",
            "TIProviders.OTX.Args.authkey: is not read: write it as AuthKey",
        ),
        (
            "TIProviders: {OTX: {Primary: hidden}}\n",
            "TIProviders.OTX.Primary: must be true or false",
        ),
        ("TIProviders: {OTX: {Provider: [hidden]}}\n", "TIProviders.OTX.Provider: must be a text"),
        (
            "OtherProviders: {GeoIPLite: {Args: {DBFolder: [hidden]}}}\n",
            "OtherProviders.GeoIPLite.Args.DBFolder: must be a text",
        ),
        (
            "KeyVault: {VaultName: 'https://hidden'}\n",
            "KeyVault.VaultName: must be a vault's name, not its URL",
        ),
        (
            "KeyVault: {TenantId: 'hid den'}\n",
            "KeyVault.TenantId: must be the id or the domain of a tenant",
        ),
        ("KeyVault: {Authority: hidden}\n", "KeyVault.Authority: must be one of global, usgov, cn"),
        (
            "Azure: {auth_methods: [hidden]}\n",
            (
                "Azure.auth_methods: must be a list of some of env, clientsecret, certificate, msi, cli,"
                " interactive, devicecode, vscode, powershell, cache"
            ),
        ),
        (
            "Azure: {auth_methods: [devicecode]}\n",
            "Azure.auth_methods: all need a person at a screen; others are tried",
        ),
    ],
)
def test_mistake_is_told_with_file_and_key_and_without_value(
    file: Path, text: str, mistake: str
) -> None:
    file.write_text(text)
    mistakes = msticpyconfig.read(file).mistakes
    assert mistakes == [f"{file}: {mistake}"]
    assert "hid" not in mistakes[0].removeprefix(str(file))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("OTX:\n  AuthKey: !hidden\n", " at line 2, column 12"),
        ("OTX:\n  AuthKey: *hidden\n", " at line 2, column 12"),
        ("OTX:\n  AuthKey: @hidden\n", " at line 2, column 12"),
        ("OTX:\n  AuthKey: 'hidden\n", " at line 3, column 1"),
        ("OTX: [hidden\n", " at line 2, column 1"),
        ("? [hidden]\n: 1\n", " at line 1, column 3"),
        ("hidden: \x07\n", ""),
        ("[" * 5000, ""),
    ],
)
def test_file_that_is_no_yaml_is_told_with_its_place_only(
    file: Path, text: str, place: str
) -> None:
    file.write_text(text)
    assert msticpyconfig.read(file) == MsticpyConfig(mistakes=[f"{file}: is not valid YAML{place}"])


def test_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert msticpyconfig.read(tmp_path / "none").mistakes == [
        f"{tmp_path}/none: cannot be read: No such file or directory"
    ]
    (tmp_path / "long").write_text("#" * 1_000_001)
    assert msticpyconfig.read(tmp_path / "long").mistakes == [
        f"{tmp_path}/long: is longer than 1000000 bytes"
    ]


def test_mistake_costs_nothing_but_what_it_is_about(file: Path) -> None:
    file.write_text(
        "TIProviders:\n  OTX: {Args: {AuthKey: [1]}}\n  VirusTotal: {Args: {AuthKey: key}}\n"
        "KeyVault: {VaultName: '?', Authority: '?'}\n"
    )
    secrets = Secrets({"MSTICPYCONFIG": str(file), "HUNT_SECRETS_DIR": "/nowhere"})
    assert len(secrets.msticpy.mistakes) == 3
    assert secrets.get("virustotal_api_key").reveal() == "key"
    assert secrets.missing(["otx_api_key"]) == [
        Status(
            "otx_api_key",
            "unavailable",
            "",
            f"{file}: TIProviders.OTX.Args.AuthKey: must be a text, or have a key EnvironmentVar"
            " or KeyVault",
        )
    ]


_YAML = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "TIProviders",
                    "OTX",
                    "Args",
                    "AuthKey",
                    "EnvironmentVar",
                    "KeyVault",
                    "Azure",
                    "VaultName",
                    "Authority",
                    "Primary",
                    "Provider",
                    "auth_methods",
                    "GeoIPLite",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(document=_YAML)
def test_read_never_raises(document: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(repr(document) if document is not None else "")
    msticpyconfig.read(file)


def test_values_are_found_in_all_three_ways(tmp_path: Path, file: Path) -> None:
    from app.secrets.keyvault import Fetch, Version

    def connect(url: str) -> Fetch:
        return lambda name, version: Version(Secret(f"{url}/{name}"), "v1")

    (tmp_path / "VT_KEY").write_text("of a mounted file")
    file.write_text(_WHOLE)
    secrets = Secrets({"MSTICPYCONFIG": str(file), "HUNT_SECRETS_DIR": str(tmp_path)}, connect)
    wanted = ("otx_api_key", "virustotal_api_key", "xforce_api_key", "xforce_api_password")
    assert [secrets.get(name).reveal() for name in wanted] == [
        "0123",
        "of a mounted file",
        f"{_HUNT}/xforce-id",
        f"{_OTHER}/xforce-key",
    ]
    # Names that the file does not know are looked for in its vault, too.
    assert secrets.get("misp_api_key").reveal() == f"{_HUNT}/misp-api-key"
    places = {status.name: status.place for status in secrets.status()}
    assert places["virustotal_api_key"] == (
        f"{file}: TIProviders.VirusTotal.Args.AuthKey -> file {tmp_path}/VT_KEY"
    )


def test_environment_comes_before_the_file(tmp_path: Path, file: Path) -> None:
    file.write_text("TIProviders: {OTX: {Args: {AuthKey: of the file}}}\n")
    given = {"MSTICPYCONFIG": str(file), "HUNT_SECRETS_DIR": str(tmp_path)}
    assert Secrets(given).get("otx_api_key").reveal() == "of the file"
    given["OTX_API_KEY"] = "of the environment"
    assert Secrets(given).get("otx_api_key").reveal() == "of the environment"
