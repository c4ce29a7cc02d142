"""What goes over the wire, byte for byte, and what comes of answers that are none."""

import socket
from pathlib import Path

import pytest

from app.spl import SplError, search
from app.spl.client import Container
from app.spl.parser import parse
from app.spl.table import Table
from tests.spl.container import RecordingContainer

TOKEN = "a token's text"
EVENTS = Table(
    ["_time", "cmd", "label"],
    [["t1", 'say "hi", é', "0"], ["t2", "", "1"], ["t3", "two\nlines", "0"]],
)
LIMITS = (
    b'"mlspl_limits": {"handle_new_cat": "default", "max_distinct_cat_values": "100", '
    b'"max_distinct_cat_values_for_classifiers": "100", '
    b'"max_distinct_cat_values_for_scoring": "100", "max_fit_time": "600", '
    b'"max_inputs": "100000", "max_memory_usage_mb": "4000", "max_model_size_mb": "30", '
    b'"max_score_time": "600", "streaming_apply": "false", "use_sampling": "true"}'
)


def head(container: RecordingContainer, folder: Path) -> search.SearchHead:
    return search.SearchHead(Container(container.url, TOKEN, container.certificate), folder)


def test_fit_and_apply_send_what_dsdl_sends(container: RecordingContainer, tmp_path: Path) -> None:
    container.results("x\n1\n2\n3\n")
    commands = parse('| fit MLTKContainer label from algo="a b" c* into app:m | apply m')
    result = search.run(commands, EVENTS, head(container, tmp_path))
    assert result.columns == ["_time", "cmd", "label", "predicted_label"]
    fit, apply = container.asked
    assert (fit.method, fit.path, apply.method, apply.path) == ("POST", "/fit", "POST", "/apply")
    for request in (fit, apply):
        assert request.headers["authorization"] == TOKEN
        assert request.headers["content-type"] == "application/json"
    options = (
        b'{"options": {"params": {"algo": "\\"a b\\""}, "args": ["label", "c*"], '
        b'"feature_variables": ["c*"], "target_variable": ["label"], "model_name": "m", '
        b'"algo_name": "MLTKContainer", ' + LIMITS + b', "kfold_cv": null}, '
        b'"feature_variables": ["cmd"]'
    )
    assert fit.body == (
        b'{"data": "cmd,label\\n\\"say \\"\\"hi\\"\\", \\u00e9\\",0\\n,1\\n\\"two\\nlines\\",0\\n", '
        b'"meta": ' + options + b', "target_variables": ["label"]}}'
    )
    assert apply.body == (
        b'{"data": "cmd\\n\\"say \\"\\"hi\\"\\", \\u00e9\\"\\n\\"\\"\\n\\"two\\nlines\\"\\n", '
        b'"meta": ' + options + b"}}"
    )


def test_summary_reads_json_within_a_json_string(
    container: RecordingContainer, tmp_path: Path
) -> None:
    container.results("x\n1\n2\n3\n")
    search.run(parse("fit MLTKContainer cmd into m"), EVENTS, head(container, tmp_path))
    container.answer = '{"version": "5.2.4", "token": "valid"}'
    result = search.run(parse("summary m"), Table([], []), head(container, tmp_path))
    expected = Table(["summary", "name"], [['{"version": "5.2.4", "token": "valid"}', "m"]])
    assert result == expected
    assert (container.asked[-1].method, container.asked[-1].path) == ("GET", "/summary")
    assert container.asked[-1].headers["authorization"] == TOKEN


def test_result_with_other_rows_is_pasted_with_a_warning(
    container: RecordingContainer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    container.results("x\n1\n")
    result = search.run(parse("fit MLTKContainer cmd"), EVENTS, head(container, tmp_path))
    assert [row[-1] for row in result.rows] == ["1", "", ""]
    assert capsys.readouterr().err.startswith("warning: the result has 1 rows for 3 events")


def test_staged_data_leave_the_events_as_they_are(
    container: RecordingContainer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    container.answer = {"status": "staged", "message": "Model data staged successfully"}
    commands = parse("fit MLTKContainer mode=stage cmd into m")
    assert search.run(commands, EVENTS, head(container, tmp_path)) == EVENTS
    assert capsys.readouterr().err == "Model data staged successfully\n"


def test_error_of_the_container_is_passed_on_and_the_model_is_not_remembered(
    container: RecordingContainer, tmp_path: Path
) -> None:
    container.answer = {"status": "error", "message": "/fit: ERROR: unable to ..."}
    with pytest.raises(SplError, match=r"^/fit: ERROR: unable to"):
        search.run(parse("fit MLTKContainer cmd into m"), EVENTS, head(container, tmp_path))
    with pytest.raises(SplError, match="model 'm' does not exist"):
        search.run(parse("apply m"), EVENTS, head(container, tmp_path))


@pytest.mark.parametrize(
    ("status", "answer", "message"),
    [
        (401, {"detail": "Invalid token"}, "refuses the token: use the api_token"),
        (404, {}, "answers 404 Not Found: is this the URL of the container?"),
        (200, b"<html>", "unable to read JSON response from"),
        (200, b"[1]", "unable to read JSON response from"),
        (200, b"\xff", "unable to read JSON response from"),
        (200, {"status": "success", "results": "a,b\n1\n"}, "row 1 of the result has 1 cells"),
    ],
)
def test_answer_that_is_none_is_an_error(
    container: RecordingContainer, tmp_path: Path, status: int, answer: object, message: str
) -> None:
    container.status, container.answer = status, answer
    with pytest.raises(SplError) as error:
        search.run(parse("fit MLTKContainer cmd"), EVENTS, head(container, tmp_path))
    assert message in str(error.value)


def test_redirect_does_not_take_the_token_along(
    container: RecordingContainer, tmp_path: Path
) -> None:
    container.status, container.location = 302, f"{container.url}/elsewhere"
    with pytest.raises(SplError, match="answers 302 Found"):
        search.run(parse("fit MLTKContainer cmd"), EVENTS, head(container, tmp_path))
    assert [request.path for request in container.asked] == ["/fit"]


def test_certificate_is_checked(container: RecordingContainer) -> None:
    with pytest.raises(SplError, match=r"certificate of https://localhost.*--ca SRV_DIR/app/tls"):
        Container(container.url, TOKEN).summary()
    other = container.url.replace("localhost", "127.0.0.1")
    with pytest.raises(SplError, match=r"certificate of https://127\.0\.0\.1.*not to be trusted"):
        Container(other, TOKEN, container.certificate).summary()
    assert container.asked == []


def test_certificate_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SplError, match=r"cannot use the certificate .*nope\.pem"):
        Container("https://localhost:1", TOKEN, tmp_path / "nope.pem").summary()


def test_service_that_does_not_run_is_an_error() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(SplError, match=r"cannot reach .*refused\. Does the service run there"):
            Container(url, TOKEN).summary()


@pytest.mark.parametrize("url", ["localhost:5000", "file:///etc/hostname", "ftp://localhost"])
def test_url_of_another_kind_is_an_error(url: str) -> None:
    with pytest.raises(SplError, match="write https://host:port"):
        Container(url, TOKEN).summary()


def test_token_shows_in_no_representation() -> None:
    assert TOKEN not in repr(Container("https://localhost", TOKEN))
