"""The wire contract of DSDL, through a running service."""

import json
import ssl
import urllib.request

import pytest

from tests.running_service import ROOT, TOKEN, RunningService, body
from tests.service.modules import ECHO, JSON_MODEL, echo

IDENTITY = {"app": "Splunk App for Data Science and Deep Learning", "version": "5.2.4"}
RESULT = ["status", "message", "results"]


def test_fit_answers_the_result_as_csv(service: RunningService) -> None:
    service.module("echo", ECHO)
    assert service.fit('a,b\n1,x\n2,"y,z"\n', "echo") == {
        "status": "success",
        "message": "/fit done successfully",
        "results": 'a,b\n1,x\n2,"y,z"\n',
    }


def test_apply_answers_the_result_as_csv(service: RunningService) -> None:
    service.module("echo", ECHO)
    assert service.apply("a\n1\n", "echo") == {
        "status": "success",
        "message": "/apply done successfully",
        "results": "a\n1\n",
    }


def test_fit_is_answered_as_json_with_status_200(service: RunningService) -> None:
    service.module("echo", ECHO)
    request = urllib.request.Request(
        f"{service.url}/fit",
        data=json.dumps(body("a\n1\n", "echo")).encode(),
        headers={"Authorization": TOKEN, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, context=service.trust()) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "application/json"
        assert list(json.load(response)) == RESULT


def test_fit_with_the_keys_in_the_other_order(service: RunningService) -> None:
    service.module("echo", ECHO)
    content = body("a\n1\n", "echo")
    swapped = {"meta": content["meta"], "data": content["data"]}
    assert service.post("/fit", swapped) == service.post("/fit", content)


def test_fit_calls_the_module_in_order_with_meta_unchanged(service: RunningService) -> None:
    service.module(
        "record",
        """
        import json
        calls = []
        def init(df, param):
            calls.append(["init", df.to_dict("list"), param])
            return "the model"
        def fit(model, df, param):
            calls.append(["fit", model, df.to_dict("list"), param])
        def save(model, name):
            calls.append(["save", model, name])
        def apply(model, df, param):
            return {"calls": [json.dumps([*calls, ["apply", model, df.to_dict("list"), param]])]}
        """,
    )
    content = body("a,b\n1,x\n", "record", "m1", params={"epochs": '"5"'})
    answer = service.post("/fit", content)
    text = answer["results"].removeprefix('calls\n"').removesuffix('"\n').replace('""', '"')
    df, param = {"a": [1], "b": ["x"]}, content["meta"]
    assert json.loads(text) == [
        ["init", df, param],
        ["fit", "the model", df, param],
        ["save", "the model", "record_m1"],
        ["apply", "the model", df, param],
    ]


@pytest.mark.parametrize(
    ("returned", "results"),
    [
        ("df['a']", "a\n1\n2\n"),
        ("[3, 4]", "0\n3\n4\n"),
        ("{'x': [1, 2], 'y': [None, 'z']}", "x,y\n1,\n2,z\n"),
        ("df.assign(a=[None, 1])", 'a\n""\n1.0\n'),
        ("df.head(0)", "a\n"),
    ],
)
def test_apply_result_is_wrapped_in_a_frame(
    service: RunningService, returned: str, results: str
) -> None:
    service.module("wrapped", echo(apply=f"return {returned}"))
    assert service.fit("a\n1\n2\n", "wrapped")["results"] == results


def test_apply_loads_what_fit_saved(service: RunningService) -> None:
    service.module("learner", JSON_MODEL)
    service.fit("a\n1\n2\n", "learner", "one")
    service.fit("a\n3\n", "learner", "two")
    service.fit("a\n4\n", "learner")
    assert service.apply("a\n9\n", "learner", "one")["results"] == '0\n"[1, 2]"\n'
    assert service.apply("a\n9\n", "learner", "two")["results"] == "0\n[3]\n"
    assert service.apply("a\n9\n", "learner")["results"] == "0\n[4]\n"
    assert (service.srv / "app" / "model" / "data" / "learner_default.json").is_file()


def test_summary_tells_about_the_last_model(service: RunningService) -> None:
    service.module("learner", JSON_MODEL)
    service.fit("a\n1\n", "learner", "m")
    assert service.summary() == {
        **IDENTITY,
        "model": "{'seen': [1]}",
        "token": "valid",
        "model_summary": {"values": 1},
    }


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("raise ValueError", None),
        ("import sys; sys.exit()", None),
        ("return {1: {float('nan')}}", {"1": "{nan}"}),
        ("return 'x' * 10 ** 6", '"' + "x" * 63_999 + "..."),
    ],
)
def test_summary_that_is_odd_fails_no_search(
    service: RunningService, code: str, told: object
) -> None:
    service.module("odd", echo(summary=code))
    assert service.fit("a\n1\n", "odd")["status"] == "success"
    assert service.summary()["model_summary"] == told


def test_summary_may_be_missing(service: RunningService) -> None:
    service.module("bare", ECHO + "del summary")
    assert service.fit("a\n1\n", "bare")["status"] == "success"
    assert service.summary()["model_summary"] is None


@pytest.mark.parametrize("mode", ["stage", "Stage", '"stage"'])
def test_stage_writes_rows_and_meta(service: RunningService, mode: str) -> None:
    content = body("a,b\n1,\n2,x\n", "no_such_module", "to_stage-1", params={"mode": mode})
    path = service.srv / "notebooks" / "data" / "to_stage-1.csv"
    assert service.post("/fit", content) == {
        "status": "staged",
        "message": f"Model data staged successfully in {path} - no model was built yet.",
    }
    assert path.read_text() == "a,b\n1,\n2,x\n"
    assert json.loads(path.with_suffix(".json").read_text()) == content["meta"]


def test_stage_without_a_model_name(service: RunningService) -> None:
    content = body("a\n1\n", params={"mode": "stage"})
    assert service.post("/fit", content)["status"] == "staged"
    assert (service.srv / "notebooks" / "data" / "default.csv").read_text() == "a\n1\n"


def test_mode_other_than_stage_fits(service: RunningService) -> None:
    service.module("echo", ECHO)
    assert service.fit("a\n1\n", "echo", params={"mode": "staging"})["status"] == "success"


@pytest.mark.parametrize("path", ["/fit", "/apply", "/compute"])
@pytest.mark.parametrize("token", [None, "", "wrong", f"x{TOKEN}", f"Basic {TOKEN}"])
def test_post_without_the_token_is_401(
    service: RunningService, path: str, token: str | None
) -> None:
    assert service.request(path, b"{}", token)[0] == 401


@pytest.mark.parametrize("path", ["/", "/summary", "/graphics/x.png"])
@pytest.mark.parametrize("token", [None, "", "wrong", f"x{TOKEN}"])
def test_get_without_the_token_is_401(
    service: RunningService, path: str, token: str | None
) -> None:
    assert service.request(path, authorization=token)[0] == 401


def test_bearer_token_is_valid(service: RunningService) -> None:
    assert service.request("/summary", authorization=f"Bearer {TOKEN}")[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
        ("GET", "/fit", 405),
        ("POST", "/summary", 405),
        ("POST", "/compute", 410),
        ("GET", "/favicon.ico", 200),
    ],
)
def test_route_status(service: RunningService, method: str, path: str, status: int) -> None:
    data = b"{}" if method == "POST" else None
    assert service.request(path, data, method=method)[0] == status


def test_compute_is_deprecated(service: RunningService) -> None:
    assert json.loads(service.request("/compute", b"{}")[1])["status"] == "deprecated"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_needs_no_token_and_tells_nothing(service: RunningService, path: str) -> None:
    assert service.request(path, authorization=None) == (200, "ok")


def test_graphics_are_served_by_their_plain_name(service: RunningService) -> None:
    folder = service.srv / "app" / "graphics"
    (folder / "plot.svg").write_text("<svg/>")
    (folder / ".hidden").touch()
    assert service.request("/graphics/plot.svg") == (200, "<svg/>")
    for name in ("missing.png", ".hidden", "..", "%2e%2e%2fmodel%2fecho.py", "a/plot.svg"):
        assert service.request(f"/graphics/{name}")[0] == 404


def test_https_is_the_default(service: RunningService) -> None:
    assert service.url.startswith("https://")
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(service.url, context=ssl.create_default_context())


def test_seeded_modules_are_there(service: RunningService) -> None:
    names = {path.name for path in (service.srv / "app" / "model").glob("*.py")}
    assert {path.name for path in (ROOT / "model").glob("*.py")} <= names
