"""Configuration files for the `local` folder of Splunk's DSDL app, for the service that runs.

`managed`: DSDL starts the image. `passive`: DSDL uses containers that run already.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from app.files import replacing

_TEMPLATES = Path(__file__).parent
_OWNER_ONLY = 0o600  # a token is in them


@dataclass(frozen=True)
class Deployment:
    """Where the search head and browsers reach the service, and with which secrets.

    `certificate`: path on the search head of the certificate to trust; without one, DSDL does not
    check it. `images`: names of the DEV and PROD images, with their repository and version.
    """

    host: str
    api_token: str
    jupyter_passwd: str = ""
    port: int = 5000
    jupyter_port: int = 8888
    https: bool = True
    develops: bool = True
    certificate: str = ""
    models: Sequence[str] = ()
    images: tuple[str, str] = ("dsdl-hunt:dev", "dsdl-hunt:prod")


def files(deployment: Deployment) -> dict[str, str]:
    """The files: {path such as "passive/docker.conf": content}.

    Raises ValueError if the images are of different repositories.
    """
    values = _values(deployment)
    return {
        path.relative_to(_TEMPLATES).as_posix(): Template(path.read_text("utf-8")).substitute(
            values
        )
        for path in sorted(_TEMPLATES.glob("*/*.conf"))
    }


def write(folder: Path, deployment: Deployment) -> list[Path]:
    """Write the files below a folder; returns their paths. Raises OSError, ValueError."""
    paths = []
    for name, content in files(deployment).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, _OWNER_ONLY) as file:
            file.write(content.encode())
        paths.append(path)
    return paths


def _values(deployment: Deployment) -> dict[str, object]:
    (repo, dev), (prod_repo, prod) = (_split(image) for image in deployment.images)
    if repo != prod_repo:
        raise ValueError(f"the images are of two repositories, {repo!r} and {prod_repo!r}")
    return {
        "host": deployment.host,
        "api_token": deployment.api_token,
        "jupyter_passwd": deployment.jupyter_passwd,
        "https": int(deployment.https),
        "certificate": deployment.certificate,
        "check_hostname": int(bool(deployment.certificate)),
        "repo": repo,
        "dev_image": dev,
        "prod_image": prod,
        "stanzas": _stanzas(deployment),
    }


def _split(image: str) -> tuple[str, str]:
    """DSDL puts them together again: registry.example.com/team/ and dsdl-hunt:dev."""
    repo, slash, name = image.rpartition("/")
    return repo + slash, name


def _stanzas(deployment: Deployment) -> str:
    """One for development if JupyterLab is there, and one for each model that has a container."""
    names = [*(["__dev__"] if deployment.develops else []), *deployment.models]
    return "".join(f"\n[{name}]\n{_stanza(name, deployment)}" for name in names)


def _stanza(name: str, deployment: Deployment) -> str:
    scheme = "https" if deployment.https else "http"
    api = f"{scheme}://{deployment.host}:{deployment.port}"
    entries = {"api_url": api, "api_url_external": api}
    if name == "__dev__":
        entries["jupyter_url"] = f"{scheme}://{deployment.host}:{deployment.jupyter_port}"
    entries |= {
        "mode": "DEV" if name == "__dev__" else "PROD",
        "cluster": "docker",
        "id": f"dsdl-hunt-{name.strip('_')}",
        "image": deployment.images[0] if deployment.develops else deployment.images[1],
        "runtime": "none",
    }
    return "".join(f"{key} = {value}\n" for key, value in entries.items())
