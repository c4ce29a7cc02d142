"""Servers that behave as Splunk documents it."""

import pytest

from tests.splunk import search_head
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
