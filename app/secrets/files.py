"""Secrets in files, as Docker and Kubernetes mount them."""

from pathlib import Path

from app.secrets.errors import NotHereError
from app.secrets.secret import Secret

_MAX_BYTES = 65_536


def read(path: Path) -> Secret:
    """The text of a file without the line ends after it. Raises NotHereError.

    It is read every time: who mounts secrets may replace them at any time.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise NotHereError(f"{str(path)!r} cannot be read: {error.strerror}") from None
    if len(content) > _MAX_BYTES:
        raise NotHereError(f"{str(path)!r} is longer than {_MAX_BYTES} bytes")
    try:
        text = content.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:  # its text would show a part of the secret
        raise NotHereError(f"{str(path)!r} is not UTF-8 text") from None
    if not text:
        raise NotHereError(f"{str(path)!r} is empty")
    return Secret(text)
