"""Every shipped provider against recorded answers, by its own URLs, over real sockets and TLS."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import pytest

from app.enrichment import catalogue
from app.enrichment.client import Client
from app.enrichment.credentials import Credentials
from app.enrichment.errors import ThrottledError, UnauthorizedError, UnavailableError
from app.enrichment.observables import Observable
from app.enrichment.verdicts import Answer, Failed
from tests.enrichment import recorded_answers
from tests.enrichment.provider_server import Asked, ProviderServer, Reply, json_reply
from tests.enrichment.recorded_answers import Recorded

PROVIDERS = catalogue.load()
IN_USE = [name for name, one in PROVIDERS.items() if not one.unusable]
RECORDED = [one for name in recorded_answers.names() for one in recorded_answers.answers(name)]
TOKEN = json_reply({"token_type": "Bearer", "expires_in": 3599, "access_token": "invented-token"})


def client(name: str, **changes: Any) -> Client:
    provider = PROVIDERS[name].model_copy(update=changes)
    return Client(provider, Credentials(provider.secrets, recorded_answers.secret, None))


def ask(one: Client, observable: Observable) -> Answer:
    """The client's answer; in a list, what is not there is a miss."""
    lookup = one.provider.by_kind[observable.kind]
    if lookup.list_seconds:
        return one.ask(Observable("ipv4", "*"), 10).get(observable)
    return one.ask(observable, 10)[observable]


def replying(reply: Reply) -> Any:
    """Answers everything with the reply, but gives out tokens."""
    return lambda asked: TOKEN if asked.url.endswith("/oauth2/v2.0/token") else reply


def recorded_reply(one: Recorded) -> Reply:
    if one.text is not None:
        return Reply(one.status, one.text.encode())
    return json_reply(one.answer, one.status)


def recorded_hit(name: str) -> Recorded:
    return next(one for one in recorded_answers.answers(name) if is_hit(one))


def is_hit(one: Recorded) -> bool:
    return one.gives is not None and not isinstance(one.gives, Failed)


def hits_of_lookups() -> list[Any]:
    """For each lookup of each provider, an observable that it knows."""
    first: dict[tuple[str, str], Observable] = {}
    for one in filter(is_hit, RECORDED):
        lookup = PROVIDERS[one.provider].by_kind[one.observable.kind]
        place = f"{lookup.url} {sorted(lookup.kinds)}"
        marker = Observable(one.observable.kind, "*") if lookup.list_seconds else one.observable
        first.setdefault((one.provider, place), marker)
    return [
        pytest.param(name, observable, id=f"{name}-{observable.kind}")
        for (name, _), observable in first.items()
    ]


LOOKUPS = hits_of_lookups()


@pytest.mark.parametrize("recorded", RECORDED, ids=[one.name for one in RECORDED])
def test_provider_asks_as_documented_and_reads_the_answer(
    server: ProviderServer, recorded: Recorded
) -> None:
    server.answer = replying(recorded_reply(recorded))
    assert ask(client(recorded.provider), recorded.observable) == recorded.gives
    asked = server.asked[-1]
    assert f"{asked.method} {asked.url}" == recorded.sent
    assert {name: asked.headers[name] for name in recorded.headers} == recorded.headers
    assert _sent_body(asked, recorded) == _expected_body(recorded)


def _sent_body(asked: Asked, recorded: Recorded) -> Mapping[str, Any] | None:
    if recorded.variables:
        return json.loads(asked.body)["variables"]
    if asked.headers.get("Content-Type", "").startswith("application/json"):
        return json.loads(asked.body)
    return dict(parse_qsl(asked.body.decode(), strict_parsing=True)) if asked.body else None


def _expected_body(recorded: Recorded) -> Mapping[str, Any] | None:
    return recorded.variables or recorded.json or recorded.form


@pytest.mark.parametrize("name", IN_USE)
def test_provider_has_a_recorded_hit_and_miss_for_every_lookup(name: str) -> None:
    provider = PROVIDERS[name]
    recorded = recorded_answers.answers(name)
    for lookup in provider.lookups:
        given = [one.gives for one in recorded if one.observable.kind in lookup.kinds]
        hits = [one for one in given if one and not isinstance(one, Failed)]
        always_knows = name == "ipqualityscore"
        assert hits, f"{lookup.url} has no recorded hit"
        assert None in given or always_knows, f"{lookup.url} has no recorded miss"
    assert (recorded_answers.refused(name) is None) == (not provider.secrets)


def test_recorded_answers_belong_to_providers() -> None:
    assert recorded_answers.names() == sorted(IN_USE)


def test_retired_providers_say_so_and_ask_nobody() -> None:
    retired = {name: one.retired for name, one in PROVIDERS.items() if one.unusable}
    assert sorted(retired) == ["binaryedge", "riskiq"]
    assert "31 March 2025" in retired["binaryedge"]
    assert "use defender_ti" in retired["riskiq"]


@pytest.mark.parametrize("name", [name for name in IN_USE if PROVIDERS[name].secrets])
def test_provider_that_refuses_its_key_is_told_from_one_that_does_not_know(
    server: ProviderServer, name: str
) -> None:
    refused = recorded_answers.refused(name)
    assert refused
    server.answer = replying(json_reply(refused["answer"], refused["status"]))
    with pytest.raises(UnauthorizedError) as raised:
        ask(client(name), recorded_hit(name).observable)
    assert str(raised.value) == refused["why"]


MALFORMED = [b"", b"<html>", b"null", b"[]", b"{}", b'"text"', b"7", b'{"data": 1}', b'{"data": [1]}',
             b'{"response": {"Attribute": 5}}', b'{"data":', b"\xff\xfe", b'[{"a": []}]']  # fmt: skip


@pytest.mark.parametrize(("name", "observable"), LOOKUPS)
def test_provider_with_a_malformed_answer_fails(
    server: ProviderServer, name: str, observable: Observable
) -> None:
    asking = client(name)
    for body in MALFORMED:
        server.answer = replying(Reply(200, body))
        answer = asking.ask(observable, 10)[observable]
        assert isinstance(answer, Failed), body
        assert "the answer" in answer.why or "the list" in answer.why


@pytest.mark.parametrize(("name", "observable"), LOOKUPS)
def test_provider_with_another_status_fails_or_does_not_know(
    server: ProviderServer, name: str, observable: Observable
) -> None:
    asking = client(name)
    lookup = PROVIDERS[name].by_kind[observable.kind]
    for status, expected in {
        400: Failed("HTTP 400"),
        403: Failed("HTTP 403"),
        404: None if 404 in lookup.answer.miss_statuses else Failed("HTTP 404"),
        302: Failed("HTTP 302 (redirects are not followed)"),
    }.items():
        server.answer = replying(
            Reply(status, b"<html>", {"Location": "https://elsewhere.example.org/"})
        )
        assert asking.ask(observable, 10) == {observable: expected}
    assert not any("elsewhere" in asked.url for asked in server.asked)


@pytest.mark.parametrize(("name", "observable"), LOOKUPS)
def test_provider_with_status_401_refuses_the_key(
    server: ProviderServer, name: str, observable: Observable
) -> None:
    for body in (b"", b"<html>", b"{}", b"[]"):
        server.answer = replying(Reply(401, body))
        with pytest.raises(UnauthorizedError, match=r"^HTTP 401$"):
            client(name).ask(observable, 10)


@pytest.mark.parametrize("name", IN_USE)
def test_provider_that_throttles_tells_for_how_long(server: ProviderServer, name: str) -> None:
    asking = client(name)
    for status, headers, seconds in (
        (429, {"Retry-After": "17"}, 17),
        (503, {"Retry-After": "120"}, 120),
        (429, {}, None),
    ):
        server.answer = replying(Reply(status, b"{}", headers))
        with pytest.raises(ThrottledError, match=f"HTTP {status}") as raised:
            asking.ask(recorded_hit(name).observable, 10)
        assert raised.value.seconds == seconds


@pytest.mark.parametrize("name", IN_USE)
def test_provider_that_is_down_may_be_asked_again(server: ProviderServer, name: str) -> None:
    hit = recorded_hit(name)
    whole = recorded_reply(hit)
    for reply, why in (
        (Reply(500, b"{}"), "HTTP 500"),
        (Reply(502, b"<html>"), "HTTP 502"),
        (Reply(503, b"<html>"), "HTTP 503"),
        (Reply(504, b""), "HTTP 504"),
        (Reply(200, whole.body, cut=True), "the connection was cut"),
    ):
        server.answer = replying(reply)
        with pytest.raises(UnavailableError, match=why):
            client(name).ask(hit.observable, 10)


@pytest.mark.parametrize("name", IN_USE)
def test_provider_that_is_slow_may_be_asked_again(server: ProviderServer, name: str) -> None:
    server.answer = replying(Reply(200, b"{}", delay=30))
    with pytest.raises(UnavailableError, match=r"no whole answer within 0\.\d+ s"):
        client(name, timeout=0.2).ask(recorded_hit(name).observable, 10)


def test_provider_refused_by_its_token_service_is_unauthorized(server: ProviderServer) -> None:
    server.answer = lambda _: json_reply({"error": "invalid_client"}, 401)
    with pytest.raises(UnauthorizedError) as raised:
        client("defender_ti").ask(Observable("domain", "c2.example.net"), 10)
    assert str(raised.value) == "the token service refuses the client: HTTP 401 invalid_client"
    (asked,) = server.asked
    assert (
        asked.url
        == "https://login.microsoftonline.com/value-of-defender_ti_tenant_id/oauth2/v2.0/token"
    )
    assert dict(parse_qsl(asked.body.decode())) == {
        "grant_type": "client_credentials",
        "client_id": "value-of-defender_ti_client_id",
        "client_secret": "value-of-defender_ti_client_secret",
        "scope": "https://graph.microsoft.com/.default",
    }


def test_provider_fetches_its_token_once(server: ProviderServer) -> None:
    server.answer = replying(json_reply({"classification": "unknown", "rules": []}))
    asking = client("defender_ti")
    for number in range(3):
        asking.ask(Observable("domain", f"{number}.example.net"), 10)
    assert [asked.method for asked in server.asked] == ["POST", "GET", "GET", "GET"]
