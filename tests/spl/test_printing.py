import io
import json

import pytest

from app.spl.printing import FORMATS
from app.spl.table import Table

NARROW = Table(
    ["host", "cmd"], [["a", "two\nlines"], ["b", "[red]x[/red] \x1b[31m"], ["c", "y" * 50]]
)
WIDE = Table(["a", "none", "b"], [["x" * 60, "", "1\n2"], ["z" * 300, "", ""], ["", "", "y" * 20]])


def printed(events: Table, style: str) -> str:
    out = io.StringIO()
    FORMATS[style](events, out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")


def test_columns_that_fit_are_a_table() -> None:
    assert printed(NARROW, "table").splitlines() == [
        "┏━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓",
        "┃ host ┃ cmd                                      ┃",
        "┡━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┩",
        "│ a    │ two⏎lines                                │",
        "│ b    │ [red]x[/red] ␛[31m                       │",
        "│ c    │ yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy… │",
        "└──────┴──────────────────────────────────────────┘",
    ]


def test_columns_that_do_not_fit_are_records() -> None:
    lines = [line.rstrip() for line in printed(WIDE, "table").splitlines()]
    assert lines == [
        "event 1 ────────────────────────────────────────────────────",
        "a  " + "x" * 57,
        "   xxx",
        "b  1",
        "   2",
        "event 2 ────────────────────────────────────────────────────",
        *("a  " + "z" * 57, "   " + "z" * 57, "   " + "z" * 57, "   " + "z" * 57),
        "   zzzzzzzzzzzz... and 60 more",
        "event 3 ────────────────────────────────────────────────────",
        "b  " + "y" * 20,
    ]


def test_long_table_ends_with_how_to_get_the_rest() -> None:
    lines = printed(Table(["n"], [[str(n)] for n in range(1003)]), "table").splitlines()
    assert lines[-1] == "... and 3 more: --format csv has them all"
    assert len(lines) == 1000 + 5


@pytest.mark.parametrize("events", [Table([], []), Table(["a"], [])])
def test_no_events(events: Table) -> None:
    assert printed(events, "table")
    assert json.loads(printed(events, "json")) == []


def test_csv_is_unchanged() -> None:
    assert printed(NARROW, "csv") == (
        f'host,cmd\na,"two\nlines"\nb,[red]x[/red] \x1b[31m\nc,{"y" * 50}\n'
    )


def test_json_is_one_array() -> None:
    assert json.loads(printed(NARROW, "json")) == [
        {"host": "a", "cmd": "two\nlines"},
        {"host": "b", "cmd": "[red]x[/red] \x1b[31m"},
        {"host": "c", "cmd": "y" * 50},
    ]


def test_json_keeps_columns_of_the_same_name() -> None:
    events = Table(["a", "a", "a.1"], [["1", "2", "3"]])
    assert json.loads(printed(events, "json")) == [{"a": "1", "a.1": "2", "a.1.1": "3"}]
