"""References: what `env:`, `file:` and `keyvault:` mean."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.secrets.reference import (
    InEnvironment,
    InFile,
    InVault,
    is_name,
    parse,
    vault_name,
)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("env:VT_AUTH_KEY", InEnvironment("VT_AUTH_KEY")),
        ("file:/run/secrets/vt", InFile(Path("/run/secrets/vt"))),
        ("file:/a folder/ü", InFile(Path("/a folder/ü"))),
        ("keyvault:vt-key", InVault("vt-key")),
        ("keyvault:vt-key/0123456789abcdef", InVault("vt-key", "0123456789abcdef")),
        (
            "keyvault:https://hunt.vault.azure.net/secrets/vt",
            InVault("vt", vault="https://hunt.vault.azure.net"),
        ),
        (
            "keyvault:https://hunt.vault.azure.net/secrets/vt/12",
            InVault("vt", "12", "https://hunt.vault.azure.net"),
        ),
        ("VT_AUTH_KEY", None),
        ("redis://:password@cache.example.org", None),
        ("ENV:x", None),
        ("", None),
    ],
)
def test_parse_reference(text: str, reference: object) -> None:
    assert parse(text) == reference


@pytest.mark.parametrize(
    "text",
    [
        "env:",
        "env:A B",
        "file:",
        "file:relative",
        "file:/a\0b",
        "keyvault:",
        "keyvault:vt_key",
        "keyvault:a/b/c",
        "keyvault:http://hunt.vault.azure.net/secrets/vt",
        "keyvault:https://user@hunt.vault.azure.net/secrets/vt",
        "keyvault:https://hunt.vault.azure.net/keys/vt",
        "keyvault:vt\n",
    ],
)
def test_parse_refuses_malformed_references_without_quoting_them(text: str) -> None:
    with pytest.raises(ValueError, match=r"after (env|file|keyvault): comes") as caught:
        parse(text)
    rest = text.partition(":")[2]
    assert not rest or rest not in str(caught.value)


@given(st.text())
def test_parse_raises_nothing_but_value_errors(text: str) -> None:
    for scheme in ("", "env:", "file:", "keyvault:", "keyvault:https://"):
        try:
            parse(scheme + text)
        except ValueError:
            continue


@given(st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,126}", fullmatch=True))
def test_every_name_has_a_name_in_a_vault(name: str) -> None:
    assert is_name(name)
    assert re.fullmatch(r"[0-9A-Za-z-]{1,127}", vault_name(name))


@pytest.mark.parametrize("text", ["", ".", "..", "../x", "a/b", "1a", "a b", "a\n", "ä", "a" * 128])
def test_what_is_no_name(text: str) -> None:
    assert not is_name(text)
