"""| hunt as an indexer runs it: from the knowledge bundle, without splunkd's REST."""

import shutil

import pytest

from app.spl.splunkd import command, splunkd
from tests.running_service import TOKEN
from tests.splunk_app.knowledge import replicated

# The search head's session is of no use on an indexer.
NO_REST = {"session_key": "", "splunkd_uri": ""}


@pytest.fixture
def indexer(app, service, tmp_path):
    """The app as the knowledge bundle has it, set up for the running service: a function of what
    is set otherwise."""
    folder = tmp_path / "var" / "run" / "searchpeers" / "sh1-1767225600" / "apps" / "dsdl_hunt"
    for path in replicated(app):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(app / path, folder / path)
    (tmp_path / "token").write_text(f"{TOKEN}\n")

    def set_up(**changed):
        entries = {
            "url": service.url,
            "ca_path": str(service.srv / "app" / "tls" / "cert.pem"),
            "token_path": str(tmp_path / "token"),
            "distributed": "true",
            **changed,
        }
        lines = "".join(f"{name} = {value}\n" for name, value in entries.items())
        (folder / "local").mkdir()
        (folder / "local" / "dsdl_hunt.conf").write_text(f"[container]\n{lines}")
        return folder

    return set_up


@pytest.fixture
def nobody():
    with splunkd("") as rest:
        yield rest


def test_indexers_annotate_their_own_events_at_the_same_time(indexer, nobody):
    folder = indexer()
    with command(folder, "hunt") as one, command(folder, "hunt") as other:
        for peer in (one, other):
            info = peer.getinfo(nobody, "ioc_extract", "text", **NO_REST)
            assert (info.metadata["type"], info.messages) == ("streaming", [])
        replies = [
            peer.execute([{"text": f"http://192.0.2.{n}/a"}], finished=True)
            for n, peer in enumerate((one, other), 1)
        ]
        assert [one.end(), other.end()] == [0, 0]
    found = [event["ioc_ipv4"] for reply in replies for event in reply.events]
    assert found == ["192.0.2.1", "192.0.2.2"]


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"token_path": ""}, "put the api_token into a file on each indexer"),
        ({"token_path": "/nowhere/token"}, "cannot read the token of this indexer"),
        ({"token_path": "/dev/null"}, "put the api_token into a file on each indexer"),
        ({"ca_path": "/nowhere/ca.pem"}, "cannot read the certificate '/nowhere/ca.pem'"),
        ({"rows": "many"}, "rows = 'many' is no number"),
    ],
)
def test_indexer_tells_what_it_lacks(indexer, nobody, changed, message):
    with command(indexer(**changed), "hunt") as hunt:
        (told,) = hunt.getinfo(nobody, "ioc_extract", "text", **NO_REST).messages
    assert message in told


def test_token_of_a_search_head_is_not_in_a_file(app, rest):
    rest.conf |= {"distributed": "1", "token_path": "/nowhere/token"}
    with command(app, "hunt") as hunt:
        assert hunt.getinfo(rest, "ioc_extract", "text").messages == []


def test_bundle_has_what_the_command_imports_and_no_passwords(app):
    taken = set(replicated(app))
    needed = {"bin/hunt.py", "default/dsdl_hunt.conf", "lib/splunklib/searchcommands/__init__.py"}
    assert needed <= taken
    assert not [path for path in taken if "passwords" in path]
