"""The bundled feeds and databases as what is configured."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.enrichment import sources
from app.sample.enrichment import FEEDS, GEO


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The environment, to change it before the first lookup: sources are opened anew."""
    monkeypatch.setenv("SRV_DIR", str(tmp_path))
    monkeypatch.setenv("HUNT_FEEDS", str(FEEDS))
    monkeypatch.setenv("HUNT_GEO", str(GEO))
    sources.sources.cache_clear()
    yield monkeypatch
    sources.sources.cache_clear()
