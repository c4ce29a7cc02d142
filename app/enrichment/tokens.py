"""Bearer tokens by OAuth 2.0 client credentials (RFC 6749, section 4.4)."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from app.enrichment import templates, transport
from app.enrichment.credentials import Credentials
from app.enrichment.errors import UnauthorizedError, UnavailableError
from app.enrichment.provider import OAuth2
from app.enrichment.transport import Reply, Request

_MARGIN = 60  # seconds before its end in which a token is not used any more
_DEFAULT = 300  # seconds that a token is used whose end is not told


@dataclass(frozen=True, slots=True, repr=False)
class _Token:
    text: str
    generation: int
    ends: float


class Tokens:
    """The token of one client, fetched when there is none. Any thread can ask for it."""

    def __init__(self, oauth2: OAuth2, credentials: Credentials) -> None:
        self._oauth2 = oauth2
        self._credentials = credentials
        self._lock = threading.Lock()
        self._token: _Token | None = None

    def current(self, generation: int, secrets: Mapping[str, str], until: float) -> str:
        """A token for these secrets. Raises UnauthorizedError, UnavailableError."""
        with self._lock:
            token = self._token
            if token is None or token.generation < generation or token.ends < time.monotonic():
                token = self._token = self._fetched(generation, secrets, until)
            return token.text

    def _fetched(self, generation: int, secrets: Mapping[str, str], until: float) -> _Token:
        form = {
            "grant_type": "client_credentials",
            "client_id": templates.fill(self._oauth2.client_id, secrets),
            "client_secret": templates.fill(self._oauth2.client_secret, secrets),
            "scope": self._oauth2.scope,
        }
        url = templates.fill_url(self._oauth2.url, secrets)
        try:
            reply = transport.send(Request("POST", url, form=form), until)
        except UnavailableError as error:
            raise UnavailableError(f"the token service: {error}") from None
        text, seconds = self._read(reply, generation)
        self._credentials.hide(text)
        return _Token(text, generation, time.monotonic() + seconds - _MARGIN)

    def _read(self, reply: Reply, generation: int) -> tuple[str, float]:
        """The token, and the seconds that it can be used."""
        match reply.status, _json(reply.body):
            case 200, {"access_token": str(text), "expires_in": int(seconds)}:
                return text, seconds
            case 200, {"access_token": str(text)}:
                return text, _DEFAULT
            case (400 | 401 | 403) as status, answer:
                said = answer.get("error", "") if isinstance(answer, dict) else ""
                why = f"the token service refuses the client: HTTP {status} {said}".strip()
                raise UnauthorizedError(self._credentials.redacted(why), generation)
        raise UnavailableError(f"the token service gave no token: HTTP {reply.status}")


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
