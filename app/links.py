"""Links to pictures that need no token: signed, for one picture, until a certain time.

A dashboard embeds such a link; it cannot send an Authorization header.
"""

import hashlib
import hmac
import time
from urllib.parse import quote, urlencode

from app.secrets import Secret


def key(token: Secret) -> bytes:
    """The key that signs links. The token cannot be told from it."""
    return hmac.digest(token.reveal().encode(), b"links to pictures", hashlib.sha256)


def signed(name: str, signing_key: bytes, seconds: int) -> str:
    """The path and query of a picture's link, which is valid for so many seconds."""
    expires = str(int(time.time()) + seconds)
    query = urlencode({"expires": expires, "signature": _signature(name, expires, signing_key)})
    return f"/graphics/{quote(name)}?{query}"


def is_valid(name: str, expires: str, signature: str, signing_key: bytes) -> bool:
    """Whether the link was signed with that key, for that picture, and is not past its time."""
    expected = _signature(name, expires, signing_key)
    genuine = hmac.compare_digest(signature.encode(), expected.encode())
    return genuine and int(expires) > time.time()  # what was signed is a number


def _signature(name: str, expires: str, signing_key: bytes) -> str:
    return hmac.new(signing_key, f"{name}\n{expires}".encode(), hashlib.sha256).hexdigest()
