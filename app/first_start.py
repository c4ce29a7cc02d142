"""Makes the secrets of an installation that has none: python -m app.first_start FOLDER

Writes a random `api_token`, a random password of JupyterLab and its hash `JUPYTER_PASSWD`, a file
each, and prints where to log in with them. What is there stays.
"""

import argparse
import hashlib
import secrets
import sys
from pathlib import Path

from app.files import replacing

_OWNER_ONLY = 0o660  # and group 0: the container's user id may be any
_MESSAGE = """\
DSDL Hunt is at
  API         https://localhost:{port}        token     {token}
  JupyterLab  https://localhost:{jupyter_port}/lab    password  {password}
(Certificates are made at the first start: your browser asks whether to trust them.)"""


def make(folder: Path) -> None:
    """Make what is not there. Raises OSError."""
    password = _have(folder / "jupyter_password", secrets.token_urlsafe(12))
    _have(folder / "JUPYTER_PASSWD", _hash(password))
    _have(folder / "api_token", secrets.token_urlsafe(32))


def _have(path: Path, text: str) -> str:
    """The content of a file, which gets `text` if there is none."""
    if not path.exists():
        with replacing(path, _OWNER_ONLY) as file:
            file.write(text.encode())
    return path.read_text("utf-8")


def _hash(password: str) -> str:
    """As Jupyter's server checks it: algorithm:salt:digest.

    A fast hash is enough for 96 random bits, and needs no package that PROD does not have.
    """
    salt = secrets.token_hex(8)
    return f"sha256:{salt}:{hashlib.sha256((password + salt).encode()).hexdigest()}"


def main(arguments: list[str] | None = None) -> int:
    """Entry point; exit code 2 if the folder cannot be written."""
    parser = argparse.ArgumentParser(prog="python -m app.first_start", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the secrets are kept")
    parser.add_argument("--port", default="5000", help="where the API is published")
    parser.add_argument("--jupyter-port", default="8888", help="where JupyterLab is published")
    options = parser.parse_args(arguments)
    try:
        make(options.folder)
        token, password = (
            (options.folder / name).read_text("utf-8") for name in ("api_token", "jupyter_password")
        )
    except OSError as error:
        print(f"no secrets made: {error}", file=sys.stderr)
        return 2
    ports = {"port": options.port, "jupyter_port": options.jupyter_port}
    print(_MESSAGE.format(token=token, password=password, **ports))
    return 0


if __name__ == "__main__":
    sys.exit(main())
