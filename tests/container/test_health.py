"""The container's HEALTHCHECK: exit code 0 while the service answers, 1 otherwise."""

import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from tests.running_service import ROOT, RunningService


def _exit_code(url: str, **changes: str) -> int:
    environment = {**os.environ, "PORT": str(urlsplit(url).port), **changes}
    return subprocess.run(
        [sys.executable, "-m", "app.health"], env=environment, cwd=ROOT, timeout=30
    ).returncode


def test_health_is_good_while_the_service_answers(service: RunningService) -> None:
    assert _exit_code(service.url) == 0


@pytest.mark.parametrize("changes", [{"PORT": "1"}, {"ENABLE_HTTPS": "false"}])
def test_health_is_bad_where_nothing_answers(
    service: RunningService, changes: dict[str, str]
) -> None:
    assert _exit_code(service.url, **changes) == 1
