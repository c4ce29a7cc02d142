"""Makes the secrets of an installation that has none: python -m app.first_start FOLDER

Writes a random `api_token`, a random password of JupyterLab and its hash `JUPYTER_PASSWD`, a file
each, and prints where to log in with them. What is there stays. With `--project` they also become
the project's .env, from which the next `docker compose up` takes them, unless it has one.
"""

import argparse
import hashlib
import os
import secrets
import sys
from pathlib import Path

from app.files import replacing

_FOR_THE_GROUP = 0o660  # group 0: the container's user id may be any
_OWNER_ONLY = 0o600
_ENV = """\
# Made at the first start. docs/deployment.md tells what else can be set.
api_token={api_token}
# The password of JupyterLab is {jupyter_password}, and this is its hash:
JUPYTER_PASSWD={JUPYTER_PASSWD}
"""
_MESSAGE = """\
DSDL Hunt is at
  API         https://localhost:{port}        token     {token}
  JupyterLab  https://localhost:{jupyter_port}/lab    password  {password}
(Certificates are made at the first start: your browser asks whether to trust them.)"""


def make(folder: Path) -> dict[str, str]:
    """Make what is not there; the secrets by their names. Raises OSError."""
    password = _have(folder / "jupyter_password", secrets.token_urlsafe(12))
    return {
        "jupyter_password": password,
        "JUPYTER_PASSWD": _have(folder / "JUPYTER_PASSWD", _hash(password)),
        "api_token": _have(folder / "api_token", secrets.token_urlsafe(32)),
    }


def write_env(project: Path, made: dict[str, str]) -> bool:
    """Write the .env of a project that has none, as the folder's owner. Raises OSError.

    The process stays that user: root of a container without capabilities may not write there.
    """
    owner = project.stat()
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)
    path = project / ".env"
    if path.exists():
        return False
    with replacing(path, _OWNER_ONLY) as file:
        file.write(_ENV.format(**made).encode())
    return True


def _have(path: Path, text: str) -> str:
    """The content of a file, which gets `text` if there is none."""
    if not path.exists():
        with replacing(path, _FOR_THE_GROUP) as file:
            file.write(text.encode())
    return path.read_text("utf-8")


def _hash(password: str) -> str:
    """As Jupyter's server checks it: algorithm:salt:digest.

    A fast hash is enough for 96 random bits, and needs no package that PROD does not have.
    """
    salt = secrets.token_hex(8)
    return f"sha256:{salt}:{hashlib.sha256((password + salt).encode()).hexdigest()}"


def _given() -> set[str]:
    """What needs no secret of ours, as .env or the shell sets it."""
    return {name for name in ("api_token", "JUPYTER_PASSWD") if os.environ.get(name)}


def _told(made: dict[str, str], options: argparse.Namespace) -> str:
    """Where to log in, and with what."""
    given = _given()
    return _MESSAGE.format(
        port=options.port,
        jupyter_port=options.jupyter_port,
        token="as set (api_token)" if "api_token" in given else made["api_token"],
        password="as set (JUPYTER_PASSWD)"
        if "JUPYTER_PASSWD" in given
        else made["jupyter_password"],
    )


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app.first_start", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the secrets are kept")
    parser.add_argument("--project", type=Path, help="where .env is written")
    parser.add_argument("--port", default="5000", help="where the API is published")
    parser.add_argument("--jupyter-port", default="8888", help="where JupyterLab is published")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Entry point; exit code 2 if the folder cannot be written."""
    options = _options(arguments)
    try:
        made = make(options.folder)
    except OSError as error:
        print(f"no secrets made: {error}", file=sys.stderr)
        return 2
    print(_told(made, options))
    try:
        if options.project and not _given() and write_env(options.project, made):
            print("Both are in .env now, which the next start uses.")
    except OSError as error:  # they also are in the folder, which is enough
        print(f".env is not written: {error}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
