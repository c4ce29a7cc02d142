"""What the images are made of."""

import json

import pytest

from tests.container import images
from tests.container.engine import docker

MB = 1_000_000


def _inspect(image: str) -> dict:
    return json.loads(docker("image", "inspect", image).stdout)[0]


def _in(image: str, *command: str) -> str:
    return docker("run", "--rm", "--entrypoint", command[0], image, *command[1:]).stdout


def _versions(image: str) -> dict[str, str]:
    components = json.loads(_in(image, "cat", "/opt/venv/sbom.cdx.json"))["components"]
    return {part["name"]: part["version"] for part in components if "pkg:pypi" in part["purl"]}


@pytest.mark.parametrize(("image", "limit"), [(images.PROD, 700 * MB), (images.DEV, 2_500 * MB)])
def test_image_is_small(image: str, limit: int) -> None:
    assert _inspect(image)["Size"] <= limit


@pytest.mark.parametrize("image", [images.PROD, images.DEV])
def test_image_has_no_compiler(image: str) -> None:
    script = "command -v gcc cc g++ c++ clang make ld as || true"
    assert _in(image, "sh", "-c", script) == ""


@pytest.mark.parametrize("image", [images.PROD, images.DEV])
def test_image_runs_as_user_without_rights_and_says_what_it_is(image: str) -> None:
    config = _inspect(image)["Config"]
    assert config["User"] == "1000:0"
    assert config["Entrypoint"][0] == "tini"
    assert config["Labels"]["org.opencontainers.image.title"] == "DSDL Hunt"
    assert config["Healthcheck"]["Test"] == ["CMD", "python", "-m", "app.health"]


def test_dev_has_the_versions_of_prod_and_more() -> None:
    prod, dev = _versions(images.PROD), _versions(images.DEV)
    assert prod.items() < dev.items()
    assert {"jupyterlab", "papermill", "msticpy", "ipywidgets"} <= dev.keys() - prod.keys()


def test_every_shipped_module_can_be_imported_in_prod() -> None:
    script = "import app.worker, app.main, app.report, matplotlib.pyplot, bokeh.plotting, "
    script += "sklearn.ensemble, statsmodels.api, skops.io, zstandard, redis, splunklib.client"
    assert _in(images.PROD, "python", "-W", "error", "-c", script) == ""


def test_what_notebooks_import_can_be_imported_in_dev() -> None:
    script = "import ipywidgets, msticpy, papermill, splunklib.client; "
    script += "from dsdlsupport import SplunkGenerateGraphicsObjects, SplunkHEC, SplunkSearch"
    assert (
        _in(images.DEV, "env", "PYTHONPATH=/opt/dsdl-hunt/app/libraries", "python", "-c", script)
        == ""
    )
