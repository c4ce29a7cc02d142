"""The password of JupyterLab: a hash as `jupyter server password` makes it."""

# mypy: allow-untyped-calls

import re

from jupyter_server.auth.security import passwd_check

from app.settings import SettingsError

_HASH = re.compile(
    r"argon2:\$argon2(id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+"
    r"|sha(1|224|256|384|512):[^:\s]+:[0-9a-f]{40,128}"
)
_KNOWN_TO_ALL = "Splunk4DeepLearning"  # the password of every DSDL container that has no other
_HOW = "make one with: python -c 'from jupyter_server.auth import passwd; print(passwd())'"


def checked(hashed: str) -> str:
    """The hash, if it is one that protects. Raises SettingsError; never shows the value."""
    hashed = hashed.strip()
    if not _HASH.fullmatch(hashed):
        raise SettingsError(
            f"JUPYTER_PASSWD is not the hash of a password (argon2:... or sha1:...); {_HOW}"
        )
    if any(passwd_check(hashed, password) for password in (_KNOWN_TO_ALL, "")):
        raise SettingsError(
            f"JUPYTER_PASSWD is DSDL's well-known default, or empty: anybody could log in; {_HOW}"
        )
    return hashed
