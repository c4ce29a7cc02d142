"""One PROD and one DEV container that tests share."""

import os
from collections.abc import Iterator

import pytest
from jupyter_server.auth import passwd

from tests.container import images
from tests.container.live.containers import Container, lab_of, running_container, volume
from tests.jupyter.running_jupyter import PASSWORD, RunningJupyter

collect_ignore_glob = [] if "HUNT_LIVE" in os.environ else ["test_*.py"]


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """A PROD container with two workers."""
    srv = volume(tmp_path_factory.mktemp("prod"))
    with running_container(images.PROD, srv, api_workers="2") as container:
        yield container


@pytest.fixture(scope="session")
def hunt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """A DEV container."""
    srv = volume(tmp_path_factory.mktemp("dev"))
    variables = {"MODE_DEV_PROD": "DEV", "JUPYTER_PASSWD": passwd(PASSWORD), "api_workers": "2"}
    with running_container(images.DEV, srv, **variables) as container:
        yield container


@pytest.fixture(scope="session")
def jupyter(hunt: Container) -> RunningJupyter:
    """The JupyterLab of the DEV container."""
    return lab_of(hunt, PASSWORD)
