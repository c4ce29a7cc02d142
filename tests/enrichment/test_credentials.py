import pytest

from app.enrichment.credentials import Credentials
from app.enrichment.errors import UnusableSecretError


def test_credentials_are_fetched_once_and_stripped() -> None:
    asked: list[str] = []

    def secret(name: str) -> str:
        asked.append(name)
        return f" {name}-value\n"

    credentials = Credentials(["a", "b"], secret, None)
    assert asked == []
    for _ in range(2):
        assert credentials.current() == (0, {"secret:a": "a-value", "secret:b": "b-value"})
    assert asked == ["a", "b"]


def test_credentials_are_renewed_once() -> None:
    values = {"a": "old"}
    credentials = Credentials(["a"], values.__getitem__, lambda name: values.update({name: "new"}))
    assert credentials.current() == (0, {"secret:a": "old"})
    assert credentials.renew(0)
    assert credentials.current() == (1, {"secret:a": "new"})
    assert credentials.renew(0)
    assert not credentials.renew(1)
    assert credentials.redacted("old new older") == "*** *** ***er"


def test_credentials_without_refresh_or_names_are_not_renewed() -> None:
    assert not Credentials(["a"], str, None).renew(0)
    assert not Credentials([], str, print).renew(0)


@pytest.mark.parametrize(
    "text", ["key=p/a ss", "?key=p%2Fa%20ss", "/p/a%20ss/x", "Bearer token", "p/a ssp/a ss"]
)
def test_credentials_take_themselves_out_of_texts(text: str) -> None:
    credentials = Credentials(["a"], lambda _: "p/a ss", None)
    credentials.current()
    credentials.hide("token")
    shown = credentials.redacted(text)
    assert "***" in shown
    assert not any(form in shown for form in ("p/a ss", "p%2Fa%20ss", "p/a%20ss", "token"))


def test_credentials_tell_the_name_and_not_the_reason_of_what_is_missing() -> None:
    def secret(name: str) -> str:
        raise RuntimeError(f"vault says: {name} was hunter2")

    with pytest.raises(UnusableSecretError) as raised:
        Credentials(["a"], secret, None).current()
    assert str(raised.value) == "the secret 'a' cannot be had (RuntimeError)"
    assert raised.value.__suppress_context__


def test_credentials_show_nothing() -> None:
    credentials = Credentials(["a"], lambda _: "hunter2", None)
    credentials.current()
    assert "hunter2" not in repr(credentials)
