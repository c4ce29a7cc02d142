"""Makes the secrets of an installation that has none: python -m app.first_start FOLDER

Writes a random `api_token`, a random password of JupyterLab and its hash `JUPYTER_PASSWD`, a file
each, and the same as settings of docker compose (`--env`), and prints where to log in with them.
What is there stays. Settings that compose has already, it passes in the environment.
"""

import argparse
import hashlib
import os
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
_ENV = """\
# Made by the first `docker compose up`. What you change or add here holds from the next one on.
api_token={api_token}
# the hash of the password {jupyter_password}
JUPYTER_PASSWD={JUPYTER_PASSWD}
"""


def make(folder: Path) -> dict[str, str]:
    """The secrets in the folder, by their names; what is not there is made. Raises OSError."""
    password = _have(folder / "jupyter_password", secrets.token_urlsafe(12))
    return {
        "api_token": _have(folder / "api_token", secrets.token_urlsafe(32)),
        "jupyter_password": password,
        "JUPYTER_PASSWD": _have(folder / "JUPYTER_PASSWD", _hash(password)),
    }


def write_env(path: Path, made: dict[str, str]) -> None:
    """Write the settings of docker compose, unless there is such a file. Raises OSError."""
    path.touch(0o600, exist_ok=False)
    path.write_text(_ENV.format_map(made), "utf-8")


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


def _in_force(made: dict[str, str]) -> dict[str, str]:
    """What to log in with: a setting of one's own comes before what was made."""
    token = os.environ.get("api_token") or made["api_token"]  # noqa: SIM112 (DSDL's name)
    own_hash = os.environ.get("JUPYTER_PASSWD") or made["JUPYTER_PASSWD"]
    is_made = own_hash == made["JUPYTER_PASSWD"]
    return {"token": token, "password": made["jupyter_password"] if is_made else "(of .env)"}


def main(arguments: list[str] | None = None) -> int:
    """Entry point; exit code 2 if the folder cannot be written."""
    parser = argparse.ArgumentParser(prog="python -m app.first_start", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the secrets are kept")
    parser.add_argument("--env", type=Path, help="the .env of docker compose, made if missing")
    parser.add_argument("--port", default="5000", help="where the API is published")
    parser.add_argument("--jupyter-port", default="8888", help="where JupyterLab is published")
    options = parser.parse_args(arguments)
    try:
        made = make(options.folder)
    except OSError as error:
        print(f"no secrets made: {error}", file=sys.stderr)
        return 2
    ports = {"port": options.port, "jupyter_port": options.jupyter_port}
    print(_MESSAGE.format(**_in_force(made), **ports))
    if options.env:
        _tell_of_env(options.env, made)
    return 0


def _tell_of_env(path: Path, made: dict[str, str]) -> None:
    try:
        write_env(path, made)
    except FileExistsError:
        return
    except OSError as error:  # containers have the secrets all the same
        print(f"{path.name} is not written ({error.strerror}): set HUNT_UID to your user id")
    else:
        print(f"These are in {path.name} now, for all services of docker-compose.yml.")


if __name__ == "__main__":
    sys.exit(main())
