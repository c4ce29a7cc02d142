"""Finds secrets by name: environment, file, msticpyconfig.yaml, Key Vault, in this order."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Literal

from app.secrets import azure, config, files, msticpyconfig, names, reference, sharing
from app.secrets.errors import AbsentError, MissingSecretError, NotHereError, UnavailableError
from app.secrets.keyvault import Fetch, Vault
from app.secrets.msticpyconfig import Entry
from app.secrets.reference import Given, InEnvironment, InFile, InVault, Named, Reference
from app.secrets.secret import Secret
from app.secrets.sharing import SharedVault

_MAX_STEPS = 5  # from a name over references to a value

_Place = Reference | Entry


@dataclass(frozen=True)
class Status:
    """Whether a secret is there. `place`: where it comes from; `why`: what is to be said of it.

    "absent": in no place. "unavailable": there is a place, but it does not give the secret now.
    """

    name: str
    state: Literal["there", "absent", "unavailable"]
    place: str
    why: str = ""


class Secrets:
    """The secrets of an environment. Can be used by any thread.

    A secret is named by its name, or by a reference: `env:NAME`, `file:/path`,
    `keyvault:name[/version]`. The value of an environment variable may be a reference, too.
    """

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        connect: Callable[[str], Fetch] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`connect` gives what fetches from the Key Vault at a URL; by default, Azure's SDK.

        Raises SettingsError.
        """
        self._clock = clock
        self._environment = environment
        self._config = config.load(environment)
        path = self._config.msticpyconfig
        self._msticpy = msticpyconfig.read(path) if path else msticpyconfig.MsticpyConfig()
        self._vault_url = self._config.vault_url or self._msticpy.vault_url
        self._credential = cache(lambda: azure.credential(self._msticpy.identity, environment))
        self._connect = connect or (lambda url: azure.fetcher(url, self._credential))
        self._vaults: dict[str, Vault] = {}
        self._through: socket.socket | None = None
        self._lock = threading.Lock()
        self._asked: dict[str, None] = {}

    def after_fork(self) -> None:
        """Share no connection with the parent process. What it knows need not be asked again."""
        self._lock = threading.Lock()
        self._credential.cache_clear()
        for url, vault in self._vaults.items():
            vault.reconnect(self._connect(url))

    def shared(self) -> AbstractContextManager[socket.socket]:
        """Give other processes what this one knows of Key Vaults: they `ask_through` the socket."""
        return sharing.serving(self._asked_here)

    def ask_through(self, end: socket.socket) -> None:
        """From now on, let the process that shares its secrets ask Key Vaults."""
        end.set_inheritable(False)
        self._through = end

    @property
    def msticpy(self) -> msticpyconfig.MsticpyConfig:
        """What the msticpyconfig.yaml says, if there is one."""
        return self._msticpy

    def get(self, name: str) -> Secret:
        """The secret of a name or reference. Raises MissingSecretError."""
        self._asked[name] = None
        try:
            return self._value(self._way(name)[-1])[0]
        except (NotHereError, UnavailableError) as error:
            failure = MissingSecretError(_shown(name), str(error))
        raise failure  # here, so that nothing of what went wrong hangs on it

    def has(self, name: str) -> bool:
        """Whether a secret can be had now."""
        try:
            self.get(name)
        except MissingSecretError:
            return False
        return True

    def refresh(self, name: str) -> None:
        """Let the next `get` of a secret ask its Key Vault: its value was not accepted.

        Environment and files are read every time anyway. Never raises.
        """
        try:
            place = self._way(name)[-1]
        except NotHereError:
            return
        if isinstance(place, InVault):
            self._vault(place).refresh(place.name, place.version)

    def status(self, more: Iterable[str] = ()) -> list[Status]:
        """What is known of each known secret, each that was asked for, and some more."""
        return [self._status(name) for name in {**dict.fromkeys(names.known()), **self._all(more)}]

    def missing(self, wanted: Iterable[str] = ()) -> list[Status]:
        """Those of the wanted secrets, and of those that were asked for, that cannot be had."""
        every = [self._status(name) for name in self._all(wanted)]
        return [status for status in every if status.state != "there"]

    def _all(self, more: Iterable[str]) -> dict[str, None]:
        return {**self._asked, **dict.fromkeys(more)}

    def _status(self, name: str) -> Status:
        shown = _shown(name)
        try:
            way = self._way(name)
            _, note = self._value(way[-1])
        except (NotHereError, UnavailableError) as error:
            state = "absent" if isinstance(error, AbsentError) else "unavailable"
            return Status(shown, state, "", str(error))  # type: ignore[arg-type]
        places = [text for place in way if (text := self._described(place))]
        return Status(shown, "there", " -> ".join(places), note)

    def _way(self, name: str) -> list[_Place]:
        """The places that lead from a name to its value, which is in the last one.

        Raises NotHereError.
        """
        way = [self._start(name)]
        while following := self._following(way[-1]):
            way.append(following)
            if len(way) > _MAX_STEPS:
                raise NotHereError("it is a reference to a reference without end")
        return way

    def _start(self, name: str) -> _Place:
        """Where to look for a secret: the first place counts, whatever it gives."""
        if explicit := _parsed(name, "it"):
            return explicit
        if not reference.is_name(name):
            raise NotHereError("a secret's name has only letters, digits, '_', '.' and '-'")
        if local := next(self._local(name), None):
            return local
        if entry := self._msticpy.secrets.get(name):
            return entry
        if self._vault_url:
            return InVault(reference.vault_name(name), may_lack=True)
        raise AbsentError(f"{self._nowhere(name)} or a Key Vault")

    def _following(self, place: _Place) -> Reference | None:
        """The reference that stands at a place instead of a value."""
        if isinstance(place, Entry):
            if isinstance(place.place, str):
                raise NotHereError(f"{self._config.msticpyconfig}: {place.key}: {place.place}")
            return place.place
        if isinstance(place, Named):
            if not (local := next(self._local(place.name), None)):
                raise NotHereError(self._nowhere(place.name))
            return local
        if isinstance(place, InEnvironment):
            text = self._environment.get(place.name)
            if not text:
                raise NotHereError(f"the environment variable {place.name} is not set")
            return _parsed(text, f"the environment variable {place.name}")
        return None

    def _local(self, name: str) -> Iterator[Reference]:
        spellings = names.spellings(name)
        yield from (InEnvironment(each) for each in spellings if self._environment.get(each))
        paths = [self._environment.get(f"{each}_FILE") for each in spellings]
        yield from (InFile(Path(path)) for path in paths if path)
        mounted = [self._config.folder / each for each in spellings]
        yield from (InFile(path) for path in mounted if os.path.lexists(path))

    def _nowhere(self, name: str) -> str:
        variables = " or ".join(names.spellings(name))
        return (
            f"set the environment variable {variables}, or put it into the file"
            f" {self._config.folder / name}"
        )

    def _value(self, place: _Place) -> tuple[Secret, str]:
        """The secret at a place, and what is to be said of it. Raises as `Vault.get` does."""
        if isinstance(place, InVault):
            return self._in_vault(place)
        if isinstance(place, InFile):
            return files.read(place.path), ""
        if isinstance(place, InEnvironment):
            return Secret(self._environment[place.name]), ""
        if isinstance(place, Given):
            return place.value, ""
        raise TypeError(f"{place!r} holds no value")

    def _in_vault(self, place: InVault) -> tuple[Secret, str]:
        vault = self._vault(place)
        try:
            version = vault.get(place.name, place.version)
        except AbsentError as error:
            if place.may_lack:
                raise
            raise NotHereError(str(error)) from None
        notes = [f"still used: {vault.trouble}"] if vault.trouble else []
        if version.expires and version.expires < datetime.now(UTC):
            notes.append(f"expired on {version.expires:%Y-%m-%d}")
        return version.value, "; ".join(notes)

    def _vault(self, place: InVault) -> Vault | SharedVault:
        url = place.vault or self._vault_url
        if not url:
            raise NotHereError("HUNT_KEYVAULT_URL does not say which Key Vault it is in")
        return SharedVault(url, self._through) if self._through else self._asked_here(url)

    def _asked_here(self, url: str) -> Vault:
        with self._lock:
            if url not in self._vaults:
                self._vaults[url] = Vault(self._connect(url), self._config.seconds, self._clock)
            return self._vaults[url]

    def _described(self, place: _Place) -> str:
        if isinstance(place, Entry):
            return f"{self._config.msticpyconfig}: {place.key}"
        if isinstance(place, InEnvironment):
            return f"environment variable {place.name}"
        if isinstance(place, InFile):
            return f"file {place.path}"
        if isinstance(place, InVault):
            version = place.version and f"/{place.version}"
            return f"{place.vault or self._vault_url}/secrets/{place.name}{version}"
        return ""


@cache
def default() -> Secrets:
    """The secrets of this process."""
    return Secrets()


def _after_fork() -> None:
    if default.cache_info().currsize:
        default().after_fork()


os.register_at_fork(after_in_child=_after_fork)


def _parsed(text: str, what: str) -> Reference | None:
    try:
        return reference.parse(text)
    except ValueError as error:
        raise NotHereError(f"{what} is no reference: {error}") from None


def _shown(name: str) -> str:
    """The name, unless it is none: then somebody may have put the secret in its place."""
    try:
        is_reference = reference.parse(name) is not None
    except ValueError:
        is_reference = False
    return name if is_reference or reference.is_name(name) else "(not a name)"
