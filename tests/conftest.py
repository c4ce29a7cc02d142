"""Fixtures that any test may use."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.running_service import RunningService, running_service

# The same examples at every run; `pytest --hypothesis-profile=explore` looks for new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def service() -> Iterator[RunningService]:
    """A running service over HTTPS in a SRV_DIR of its own, with two workers."""
    with running_service() as running:
        yield running
