"""The Authorization header: the whole token, alone or after `Bearer `, and nothing else."""

import pytest

from app.auth import is_authorized
from app.secrets import Secret


@pytest.mark.parametrize("headers", [[b"token"], [b"Bearer token"]])
def test_authorized_with_the_exact_token(headers: list[bytes]) -> None:
    assert is_authorized(headers, Secret("token"))


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [b""],
        [b"Bearer "],
        [b"toke"],
        [b"tokens"],
        [b"a token"],
        [b"token token"],
        [b"TOKEN"],
        [b"bearer token"],
        [b"Bearer  token"],
        [b"Bearer Bearer token"],
        [b"Basic token"],
        [b"t\xc3\xb6ken"],
        [b"token", b"token"],
        [b"other", b"token"],
    ],
)
def test_unauthorized_with_anything_else(headers: list[bytes]) -> None:
    assert not is_authorized(headers, Secret("token"))
