"""Where a secret is: what `env:NAME`, `file:/path` and `keyvault:name` mean."""

import re
from dataclasses import dataclass
from pathlib import Path

from app.secrets.secret import Secret

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,126}\Z")
_SCHEME = re.compile(r"(env|file|keyvault):(.*)\Z", re.DOTALL)
_IN_VAULT = re.compile(
    r"(?:(?P<vault>https://[A-Za-z0-9.-]+(?::\d{1,5})?)/secrets/)?"
    r"(?P<name>[0-9A-Za-z-]{1,127})(?:/(?P<version>[0-9A-Za-z]{1,64}))?\Z"
)


@dataclass(frozen=True)
class InEnvironment:
    """The environment variable of this name."""

    name: str


@dataclass(frozen=True)
class InFile:
    """A file that holds the secret, and nothing else but a line end."""

    path: Path


@dataclass(frozen=True)
class InVault:
    """A secret of a Key Vault. Without `version` the newest, without `vault` the configured one's.

    `may_lack`: nobody has said that it is there.
    """

    name: str
    version: str = ""
    vault: str = ""
    may_lack: bool = False


@dataclass(frozen=True)
class Named:
    """A secret on this machine under another name: environment, then file."""

    name: str


@dataclass(frozen=True)
class Given:
    """The secret itself."""

    value: Secret


Reference = InEnvironment | InFile | InVault | Named | Given


def is_name(text: str) -> bool:
    """Whether a secret can have this name. Such a name is also safe as a file's."""
    return bool(_NAME.match(text))


def parse(text: str) -> Reference | None:
    """The reference that a text is; None if it is of another form.

    Raises ValueError if it begins like a reference, and goes on in no valid way.
    """
    scheme = _SCHEME.match(text)
    if not scheme:
        return None
    kind, rest = scheme.groups()
    if kind == "env":
        return _in_environment(rest)
    return _in_file(rest) if kind == "file" else _in_vault(rest)


def vault_name(name: str) -> str:
    """The name in a Key Vault, which allows letters, digits and dashes only."""
    return re.sub(r"[^0-9A-Za-z-]", "-", name)


def _in_environment(name: str) -> InEnvironment:
    if not is_name(name):
        raise ValueError("after env: comes the name of an environment variable")
    return InEnvironment(name)


def _in_file(path: str) -> InFile:
    if not path.startswith("/") or "\0" in path:
        raise ValueError("after file: comes a path that begins with /")
    return InFile(Path(path))


def _in_vault(place: str) -> InVault:
    found = _IN_VAULT.match(place)
    if not found:
        raise ValueError(
            "after keyvault: comes name, name/version or https://VAULT/secrets/name, where a name"
            " has letters, digits and dashes"
        )
    return InVault(found["name"], found["version"] or "", found["vault"] or "")
