"""The secrets of one provider: fetched when needed, once anew if refused, never shown."""

import threading
from collections.abc import Callable, Iterable
from urllib.parse import quote

from app.enrichment.errors import UnusableSecretError
from app.secrets import MissingSecretError

Secret = Callable[[str], str]
Refresh = Callable[[str], object]


class Credentials:
    """Secrets by name. `refresh(name)` makes the next `secret(name)` give the newest version."""

    def __init__(self, names: Iterable[str], secret: Secret, refresh: Refresh | None) -> None:
        self._names = tuple(names)
        self._secret = secret
        self._refresh = refresh
        self._lock = threading.Lock()
        self._values: dict[str, str] | None = None
        self._generation = 0
        self._seen: set[str] = set()

    def current(self) -> tuple[int, dict[str, str]]:
        """The generation of the secrets, and what stands for {secret:NAME} in templates.

        Raises UnusableSecretError.
        """
        with self._lock:
            if self._values is None:
                self._values = {f"secret:{name}": self._fetched(name) for name in self._names}
                self._seen.update(self._values.values())
            return self._generation, self._values

    def renew(self, refused: int) -> bool:
        """Whether there are secrets after those of a refused generation. They are fetched anew
        once, however many threads have seen them refused."""
        with self._lock:
            if self._generation > refused:
                return True
            if self._generation or self._refresh is None or not self._names:
                return False
            for name in self._names:
                self._refresh(name)
            self._generation += 1
            self._values = None
            return True

    def hide(self, text: str) -> None:
        """Let `redacted` take out this text too."""
        with self._lock:
            self._seen.add(text)

    def redacted(self, text: str) -> str:
        """The text without any secret that has been used."""
        with self._lock:
            seen = sorted(self._seen, key=len, reverse=True)
        for value in seen:
            for form in (value, quote(value, safe=""), quote(value)):
                text = text.replace(form, "***")
        return text

    def _fetched(self, name: str) -> str:
        try:
            value = self._secret(name).strip()
        except MissingSecretError as error:  # its text never tells a value
            raise UnusableSecretError(str(error)) from None
        except Exception as error:  # of whatever keeps the secrets; its text may tell them
            kind = type(error).__name__
            raise UnusableSecretError(f"the secret {name!r} cannot be had ({kind})") from None
        if not value:
            raise UnusableSecretError(f"the secret {name!r} is empty")
        return value
