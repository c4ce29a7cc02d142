from pathlib import Path

import pytest

from app.enrichment import catalogue, provider
from app.enrichment.provider import Lookup, Provider, ProviderError, Rate

GOOD = """
title: Own
rate: {requests: 3, seconds: 2}
quota: 9
headers: {X-Key: "{secret:own_key}"}
answer: {hit: answer.x, verdict: {malicious: answer.bad}}
lookups:
  - kinds: [ipv4, domain]
    url: https://ti.example.org/{kind}/{value}
  - kinds: {sha256: file}
    method: POST
    url: "{secret:own_url}/{kind}"
    form: {hash: "{value}"}
    headers: {Accept: application/json}
    answer: {hit: answer.y}
"""


def written(folder: Path, text: str, name: str = "own") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, "utf-8")
    return path


def test_read_gives_the_provider_with_what_lookups_share(tmp_path: Path) -> None:
    own = provider.read(written(tmp_path, GOOD))
    assert (own.name, own.title, own.rate, own.quota) == (
        "own",
        "Own",
        Rate(requests=3, seconds=2),
        9,
    )
    assert own.secrets == ("own_key", "own_url")
    first, second = own.lookups
    assert (first.kinds, first.headers) == (
        {"ipv4": "ipv4", "domain": "domain"},
        {"X-Key": "{secret:own_key}"},
    )
    assert (second.kinds, second.headers) == (
        {"sha256": "file"},
        {"X-Key": "{secret:own_key}", "Accept": "application/json"},
    )
    assert second.answer.hit({"answer": {"y": 1}}) == 1
    malicious = second.answer.verdict.malicious
    assert malicious
    assert malicious({"answer": {"bad": 1}}) == 1
    assert own.by_kind == {"ipv4": first, "domain": first, "sha256": second}


def test_read_changes_the_source_with_the_file(tmp_path: Path) -> None:
    first = provider.read(written(tmp_path, GOOD))
    second = provider.read(written(tmp_path, GOOD.replace("answer.bad", "answer.worse")))
    assert first.source.startswith("own@")
    assert first.source != second.source


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("title: Own", "titel: Own", "own.yaml: titel: is no key that a provider has"),
        ("requests: 3", "requests: 0", "own.yaml: rate.requests: input should be greater than or equal to 1"),
        ("quota: 9", "quota: many", "own.yaml: quota: input should be a valid integer, unable to parse string as an integer"),
        ("[ipv4, domain]", "[ip]", "own.yaml: lookups.0.kinds: 'ip' is none of ipv4, ipv6, url, domain, email, md5, sha1, sha256"),
        ("[ipv4, domain]", "[sha256]", "own.yaml: file: lookups has more than one for sha256"),
        ("https://ti", "http://ti", "own.yaml: lookups.0.url: must begin with https:// or with the {secret:name} of your server's URL"),
        ("{kind}/{value}", "{kind}/x", "own.yaml: lookups.0: {value} stands neither in url, query, form nor json"),
        ("/{value}", "/{vaule}", "own.yaml: lookups.0.url: '{vaule}' is no placeholder: use {value}, {value:base64url}, {kind} or {secret:name}"),
        ('"{secret:own_key}"', '"{value}"', "own.yaml: headers: only {secret:name} can stand here"),
        ("method: POST", "method: GET", "own.yaml: lookups.1: a form or json is sent with method: POST"),
        ("method: POST", "method: PUT", "own.yaml: lookups.1.method: input should be 'GET' or 'POST'"),
        ("hit: answer.x", "hit: answer..x", "own.yaml: answer.hit: 'answer..x' is no JMESPath expression (see column 7)"),
        ("hit: answer.y", "hit: answer..y", "own.yaml: lookups.1.answer.hit: 'answer..y' is no JMESPath expression (see column 7)"),
        ("hit: answer.y", "score: 7", "own.yaml: lookups.1.answer.score: 7 is no text"),
        ("malicious: answer.bad", "evil: answer.bad", "own.yaml: answer.verdict.evil: is no key that a provider has"),
        ("answer: {hit: answer.x, verdict", "answer: {verdict", "own.yaml: answer.hit: is missing"),
        ("lookups:", "lockups:", "own.yaml: lockups: is no key that a provider has"),
    ],
)  # fmt: skip
def test_read_names_file_key_and_mistake(tmp_path: Path, old: str, new: str, mistake: str) -> None:
    assert old in GOOD
    with pytest.raises(ProviderError) as raised:
        provider.read(written(tmp_path, GOOD.replace(old, new, 1)))
    assert mistake in str(raised.value)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "own.yaml: is no mapping of keys to values"),
        ("- a", "own.yaml: is no mapping of keys to values"),
        ("a: [", "own.yaml: while parsing a flow node"),
        ("title: x", "own.yaml: file: lookups is missing"),
        ("lookups: 5", "own.yaml: lookups: input should be a valid tuple"),
        ("lookups: [5]", "own.yaml: lookups.0: input should be a valid dictionary"),
        ("lookups: [{answer: 5}]\nanswer: 7", "own.yaml: lookups.0.kinds: is missing"),
        ("name: x\ntitle: x", "own.yaml: name: is no key that a provider has"),
    ],
)
def test_read_refuses_other_files(tmp_path: Path, text: str, mistake: str) -> None:
    with pytest.raises(ProviderError) as raised:
        provider.read(written(tmp_path, text))
    assert str(raised.value).startswith(mistake)


def test_read_refuses_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_bytes(b"\xff\xfe")
    for name in ("own.yaml", "none.yaml"):
        with pytest.raises(ProviderError, match=name):
            provider.read(tmp_path / name)


def test_load_lets_the_users_providers_replace_shipped_ones(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "otx")
    written(tmp_path, GOOD, "own")
    written(tmp_path, "title: broken", "bad")
    found = catalogue.load(tmp_path)
    assert set(found) == {*catalogue.load(), "own", "bad"}
    assert found["otx"].title == "Own"
    assert found["bad"] == Provider(name="bad", broken="bad.yaml: file: lookups is missing")


def test_choose_takes_the_named_ones_in_their_order() -> None:
    found = catalogue.choose(catalogue.load(), ["tor", "otx", "tor"], lambda _: False)
    assert [one.name for one in found] == ["tor", "otx"]


def test_choose_takes_those_whose_secrets_are_all_there(tmp_path: Path) -> None:
    written(tmp_path, "title: broken", "bad")
    there = {"xforce_api_key", "abusech_auth_key"}
    found = catalogue.choose(catalogue.load(tmp_path), [], there.__contains__)
    assert [one.name for one in found] == ["malwarebazaar", "threatfox", "urlhaus", "bad"]


def test_choose_refuses_unknown_names() -> None:
    with pytest.raises(
        ValueError, match=r"there is no provider 'vt'; there are: abuseipdb, .*xforce"
    ):
        catalogue.choose(catalogue.load(), ["vt"], lambda _: True)


def test_shipped_providers_are_valid_and_described() -> None:
    for one in catalogue.load().values():
        assert not one.broken, one.broken
        assert one.title
        assert one.documentation.startswith("https://")


def test_every_key_of_a_provider_is_described() -> None:
    text = (catalogue.SHIPPED / "README.md").read_text("utf-8")
    keys = {*Provider.model_fields, *Lookup.model_fields} - {"name", "broken", "version", "body"}
    answer = Lookup.model_fields["answer"].annotation
    assert answer
    assert {key for key in (keys | set(answer.model_fields)) if f"`{key}`" not in text} == set()
