"""Fixtures that any test may use."""

from collections.abc import Iterator

import pytest

from tests.running_service import RunningService, running_service


@pytest.fixture(scope="session")
def service() -> Iterator[RunningService]:
    """A running service over HTTPS in a SRV_DIR of its own, with two workers."""
    with running_service() as running:
        yield running
