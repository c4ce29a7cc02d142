"""Reads the keys and the Key Vault of a msticpyconfig.yaml.

Format: https://msticpy.readthedocs.io/en/latest/getting_started/msticpyconfig.html. A value is a
text, `EnvironmentVar: NAME`, or `KeyVault: [[VAULT/]NAME]`. What is wrong in the file costs what it
is about and nothing else: `mistakes` tells, without any value, since texts may be keys.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from app.secrets.azure import Identity
from app.secrets.reference import Given, InVault, Named, Reference, is_name, vault_name
from app.secrets.secret import Secret

_MAX_BYTES = 1_000_000
_VAULT = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]\Z")
_TENANT = re.compile(r"[A-Za-z0-9.-]{1,253}\Z")


@dataclass(frozen=True)
class Entry:
    """Where a secret is by the file's `key`, or the mistake because of which that is not known."""

    key: str
    place: Reference | str


@dataclass
class MsticpyConfig:
    """What a file says. `primary`: providers by our names, and whether msticpy asks them always."""

    secrets: dict[str, Entry] = field(default_factory=dict)
    primary: dict[str, bool] = field(default_factory=dict)
    geoip_folder: Path | None = None
    vault_url: str = ""
    identity: Identity = field(default_factory=Identity)
    mistakes: list[str] = field(default_factory=list)


def read(path: Path) -> MsticpyConfig:
    """What the file says, as far as it can be understood. Never raises."""
    config = MsticpyConfig()
    try:
        document = _parsed(path)
    except _UnreadableError as error:
        config.mistakes.append(f"{path}: {error}")
        return config
    _Reader(path, config).read(document)
    return config


class _UnreadableError(Exception):
    pass


class _Texts(yaml.SafeLoader):
    """Leaves scalars as they are written: a key of digits is no number, with its zeros gone."""

    yaml_implicit_resolvers = {"<": [("tag:yaml.org,2002:merge", re.compile("<<$"))]}  # noqa: RUF012


def _parsed(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise _UnreadableError(f"is longer than {_MAX_BYTES} bytes")
        return yaml.load(content, _Texts)  # noqa: S506 (a SafeLoader)
    except OSError as error:
        raise _UnreadableError(f"cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # The parser's own words may quote a key: for it, `!key` is a tag and `*key` an alias.
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise _UnreadableError(f"is not valid YAML{place}") from None


class _Reader:
    """Takes what it understands of a document into a MsticpyConfig, and notes what is wrong."""

    def __init__(self, path: Path, config: MsticpyConfig) -> None:
        self._path = path
        self._config = config
        self._domain = ""

    def read(self, document: Any) -> None:
        sections = self._mapping(document, "its top level")
        self._read_vault(self._mapping(sections.get("KeyVault"), "KeyVault"))
        self._read_methods(self._mapping(sections.get("Azure"), "Azure"))
        for known, where, entry in self._entries(sections, "TIProviders"):
            self._config.primary[known["name"]] = self._flag(entry, "Primary", where)
            self._read_args(known, where, entry)
        for known, where, entry in self._entries(sections, "OtherProviders"):
            folder = self._text(self._read_args(known, where, entry), "DBFolder", f"{where}.Args")
            self._config.geoip_folder = Path(folder).expanduser() if folder else None

    def _read_vault(self, given: Mapping[str, Any]) -> None:
        section = {name.casefold(): value for name, value in given.items()}  # msticpy does so, too
        clouds = _names()["clouds"]
        cloud = self._text(section, "authority", "KeyVault").casefold() or "global"
        if cloud not in clouds:
            self._wrong("KeyVault.Authority", f"must be one of {', '.join(clouds)}")
            cloud = "global"
        tenant = self._text(section, "tenantid", "KeyVault")
        if tenant and not _TENANT.match(tenant):
            self._wrong("KeyVault.TenantId", "must be the id or the domain of a tenant")
            tenant = ""
        self._domain = clouds[cloud]["vaults"]
        self._config.identity = Identity(tenant, clouds[cloud]["authority"])
        vault = self._text(section, "vaultname", "KeyVault")
        if vault and not _VAULT.match(vault):
            self._wrong("KeyVault.VaultName", "must be a vault's name, not its URL")
        elif vault:
            self._config.vault_url = f"https://{vault}.{self._domain}"

    def _read_methods(self, azure: Mapping[str, Any]) -> None:
        known: dict[str, list[str]] = _names()["auth_methods"]
        listed = azure.get("auth_methods") or []
        if not isinstance(listed, list) or any(str(method) not in known for method in listed):
            self._wrong("Azure.auth_methods", f"must be a list of some of {', '.join(known)}")
            return
        usable = tuple(name for method in listed for name in known[method])
        if listed and not usable:
            self._wrong("Azure.auth_methods", "all need a person at a screen; others are tried")
        identity = self._config.identity
        self._config.identity = Identity(identity.tenant, identity.authority, usable)

    def _entries(
        self, sections: Mapping[str, Any], section: str
    ) -> Iterator[tuple[dict[str, str], str, Mapping[str, Any]]]:
        """The providers of a section that are known here: our names, the key, what is given."""
        for name, given in self._mapping(sections.get(section), section).items():
            where = f"{section}.{name}"
            entry = self._mapping(given, where)
            known = _names()[section].get(self._text(entry, "Provider", where) or name)
            if known:
                yield known, where, entry

    def _read_args(
        self, known: Mapping[str, str], where: str, entry: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        args = self._mapping(entry.get("Args"), f"{where}.Args")
        wanted = {key: name for key, name in known.items() if key != "name"}
        for key in args:
            for meant in wanted:
                if key != meant and key.casefold() == meant.casefold():
                    self._wrong(f"{where}.Args.{key}", f"is not read: write it as {meant}")
        for key, name in wanted.items():
            if args.get(key) not in (None, ""):
                self._read_secret(name, f"{where}.Args.{key}", args[key])
        return args

    def _read_secret(self, name: str, where: str, value: Any) -> None:
        place = self._place(where, value)
        if isinstance(place, str):
            self._wrong(where, place)
        self._config.secrets[name] = Entry(where, place)

    def _place(self, where: str, value: Any) -> Reference | str:
        """Where the value is, or what is wrong with it."""
        if isinstance(value, str):
            return Given(Secret(value))
        if isinstance(value, dict) and "EnvironmentVar" in value:
            name = value["EnvironmentVar"]
            valid = isinstance(name, str) and is_name(name)
            return Named(name) if valid else "EnvironmentVar must be the name of a variable"
        if isinstance(value, dict) and "KeyVault" in value:
            return self._in_vault(where, value["KeyVault"] or "default")
        return "must be a text, or have a key EnvironmentVar or KeyVault"

    def _in_vault(self, where: str, given: Any) -> InVault | str:
        if not isinstance(given, str):
            return "KeyVault must be the name of a secret, or VAULT/NAME"
        vault, _, name = given.rpartition("/")
        if vault and not _VAULT.match(vault):
            return "KeyVault must be the name of a secret, or VAULT/NAME"
        url = f"https://{vault}.{self._domain}" if vault else self._config.vault_url
        return InVault(vault_name(where if name.casefold() == "default" else name), vault=url)

    def _flag(self, entry: Mapping[str, Any], key: str, where: str) -> bool:
        text = self._text(entry, key, where).casefold() or "false"
        if text not in ("true", "yes", "on", "false", "no", "off"):
            self._wrong(f"{where}.{key}", "must be true or false")
        return text in ("true", "yes", "on")

    def _text(self, entry: Mapping[str, Any], key: str, where: str) -> str:
        value = entry.get(key) or ""
        if not isinstance(value, str):
            self._wrong(f"{where}.{key}", "must be a text")
            return ""
        return value.strip()

    def _mapping(self, value: Any, where: str) -> Mapping[str, Any]:
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            return value
        if value not in (None, ""):
            self._wrong(where, "must be a mapping of keys to values")
        return {}

    def _wrong(self, where: str, what: str) -> None:
        self._config.mistakes.append(f"{self._path}: {where}: {what}")


@cache
def _names() -> dict[str, dict[str, Any]]:
    text = Path(__file__).with_name("msticpy.yaml").read_text(encoding="utf-8")
    names: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return names
