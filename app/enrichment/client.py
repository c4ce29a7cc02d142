"""Asks one provider about one observable."""

import base64
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from app.enrichment import observables, reading, templates, transport
from app.enrichment.credentials import Credentials
from app.enrichment.errors import (
    ThrottledError,
    UnauthorizedError,
    UnavailableError,
    UnusableSecretError,
)
from app.enrichment.observables import Observable
from app.enrichment.provider import Lookup, Provider
from app.enrichment.tokens import Tokens
from app.enrichment.transport import Reply, Request
from app.enrichment.verdicts import Answer, Failed

_HTTPS = re.compile(r"https://[^/?#@\\\s]+(?:[/?#]|\Z)")  # no userinfo: headers are for that
_MAX_PAUSE = 86_400
_MAX_WHY = 300


class Client:
    """Asks a provider. Its methods can be called by any thread."""

    def __init__(self, provider: Provider, credentials: Credentials) -> None:
        self.provider = provider
        self.credentials = credentials
        self._lookups = provider.by_kind
        self._tokens = Tokens(provider.oauth2, credentials) if provider.oauth2 else None

    def ask(self, observable: Observable, seconds: float) -> dict[Observable, Answer]:
        """The answer for the observable; for a provider that is a list, the whole list.

        Takes at most `seconds`, and at most the provider's timeout. Raises UnauthorizedError,
        ThrottledError, UnavailableError, and UnusableSecretError.
        """
        lookup = self._lookups[observable.kind]
        generation, secrets = self.credentials.current()
        until = time.monotonic() + min(self.provider.timeout, seconds)
        server = templates.own_server(lookup.url, secrets)
        request = self._request(lookup, observable, secrets)
        if not _HTTPS.match(request.url):
            raise UnusableSecretError("the URL of its server is not of the form https://host")
        if self._tokens:
            token = self._tokens.current(generation, secrets, until)
            request = replace(
                request, headers={**request.headers, "Authorization": f"Bearer {token}"}
            )
        reply = transport.send(request, until)
        return self._answers(lookup, observable, server, reply, generation)

    def _request(
        self, lookup: Lookup, observable: Observable, secrets: Mapping[str, str]
    ) -> Request:
        kind = lookup.kinds[observable.kind]
        values = templates.of_observable(observable.value, kind) | dict(secrets)
        return Request(
            lookup.method,
            templates.fill_url(lookup.url, values),
            templates.fill(lookup.query, values),
            templates.fill(lookup.headers, values),
            templates.fill(lookup.form, values),
            templates.fill(lookup.body, values),
            self._basic(secrets),
        )

    def _basic(self, secrets: Mapping[str, str]) -> tuple[str, str] | None:
        if self.provider.basic is None:
            return None
        user, password = templates.fill(self.provider.basic, secrets)
        self.credentials.hide(base64.b64encode(f"{user}:{password}".encode()).decode())
        return user, password

    def _answers(
        self, lookup: Lookup, observable: Observable, server: str, reply: Reply, generation: int
    ) -> dict[Observable, Answer]:
        if lookup.list_seconds and reply.status == 200:
            return self._listed(lookup, observable, reply.body)
        parsed = _parsed(reply.body)
        document = reading.document(observable, parsed, server)
        if reply.status == 401 or lookup.answer.is_denied(document):
            raise UnauthorizedError(self._status(lookup, reply, document), generation)
        return {observable: self._answer(lookup, reply, document)}

    def _answer(self, lookup: Lookup, reply: Reply, document: dict[str, Any]) -> Answer:
        status = reply.status
        if status in lookup.answer.miss_statuses:
            return None
        if 200 <= status < 300:
            if document["answer"] is None:
                return Failed("the answer is not JSON")
            answer = lookup.answer.answer(self.provider.name, document)
            if isinstance(answer, Failed):
                return Failed(self._safe(answer.why))
            return answer
        why = self._status(lookup, reply, document)
        wait = _retry_after(reply.headers.get("Retry-After", ""))
        if status == 429 or (status == 503 and wait is not None):
            raise ThrottledError(why, wait)
        if status >= 500:
            raise UnavailableError(why)
        return Failed(f"{why} (redirects are not followed)" if status < 400 else why)

    def _status(self, lookup: Lookup, reply: Reply, document: dict[str, Any]) -> str:
        message = self._safe(lookup.answer.error_message(document))
        return f"HTTP {reply.status}: {message}" if message else f"HTTP {reply.status}"

    def _safe(self, text: str) -> str:
        """What a provider says, which may quote the secrets that it was sent."""
        return self.credentials.redacted(text)[:_MAX_WHY]

    def _listed(self, lookup: Lookup, marker: Observable, body: bytes) -> dict[Observable, Answer]:
        """A verdict for every observable of a list, and None for what stands for the list."""
        answers: dict[Observable, Answer] = {}
        for line in body.decode("utf-8", "replace").splitlines():
            found = observables.detect(line)
            if found and found.kind in lookup.kinds:
                document = reading.document(found, {"line": line}, "")
                answers[found] = lookup.answer.answer(self.provider.name, document)
        return answers | {marker: None if answers else Failed("the list is empty or malformed")}


def _parsed(body: bytes) -> Any:
    """The JSON of an answer; None if it is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _retry_after(text: str) -> float | None:
    """The seconds that a Retry-After header asks for (RFC 9110, section 10.2.3), None without."""
    try:
        seconds = (
            float(text)
            if text.strip().isdigit()
            else (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        )
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0), _MAX_PAUSE)
