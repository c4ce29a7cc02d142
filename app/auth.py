"""Who may talk to the service: the one who knows the API token."""

import hmac
from collections.abc import Sequence

from app.secrets import Secret


def is_authorized(headers: Sequence[bytes], token: Secret) -> bool:
    """Whether the values of a request's Authorization headers are exactly one valid one.

    DSDL sends the token alone, scripts send `Bearer <token>`. The whole value counts, and
    comparing takes the same time wherever it differs.
    """
    if len(headers) != 1:
        return False
    given, expected = headers[0], token.reveal().encode()
    raw = hmac.compare_digest(given, expected)
    bearer = hmac.compare_digest(given, b"Bearer " + expected)
    return raw or bearer
