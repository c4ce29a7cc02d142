"""A service and a Jupyter server that share SRV_DIR, as in the DEV container."""

import pytest

from tests.jupyter.running_jupyter import PASSWORD, running_jupyter
from tests.running_service import running_service


@pytest.fixture(scope="package")
def container(tmp_path_factory):
    with (
        running_service() as service,
        running_jupyter(service.srv, tmp_path_factory.mktemp("home")) as jupyter,
    ):
        assert jupyter.log_in(jupyter.session, PASSWORD) == 302
        yield service, jupyter


@pytest.fixture
def hunt(container):
    """The service."""
    return container[0]


@pytest.fixture
def jupyter(container):
    return container[1]
