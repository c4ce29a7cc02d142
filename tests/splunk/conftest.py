"""Servers that behave as Splunk documents it."""

from functools import partial

import pytest

from app.splunk.delivery import Delivery
from tests.splunk import collector, search_head
from tests.splunk.tls_server import serving


@pytest.fixture
def head(tmp_path, monkeypatch):
    """A search head that the environment names, as in a container that DSDL starts."""
    head = search_head.Head()
    monkeypatch.setattr("app.splunk.jobs._POLL_SECONDS", 0)
    with serving(search_head.handler(head), tmp_path) as (port, ca):
        monkeypatch.setenv("splunk_access_enabled", "1")
        monkeypatch.setenv("splunk_access_host", "127.0.0.1")
        monkeypatch.setenv("splunk_access_port", str(port))
        monkeypatch.setenv("splunk_access_token", search_head.TOKEN)
        monkeypatch.setenv("HUNT_SPLUNK_CA", str(ca))
        yield head


@pytest.fixture
def indexer(tmp_path, monkeypatch):
    """A collector that the environment names; nothing waits longer than a moment for it."""
    indexer = collector.Indexer()
    patient = {"pause": 0.01, "ack_seconds": 0.3, "read_seconds": 0.2}
    monkeypatch.setattr("app.splunk.hec.Delivery", partial(Delivery, **patient))
    with serving(collector.handler(indexer), tmp_path) as (port, ca):
        monkeypatch.setenv("SRV_DIR", str(tmp_path / "srv"))
        monkeypatch.setenv("splunk_hec_enabled", "1")
        monkeypatch.setenv("splunk_hec_url", f"https://127.0.0.1:{port}")
        monkeypatch.setenv("splunk_hec_token", collector.TOKEN)
        monkeypatch.setenv("HUNT_SPLUNK_CA", str(ca))
        yield indexer
