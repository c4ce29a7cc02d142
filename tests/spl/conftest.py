from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.spl.container import RecordingContainer, recording_container


@pytest.fixture
def container(tmp_path: Path) -> Iterator[RecordingContainer]:
    with recording_container(tmp_path) as running:
        yield running
