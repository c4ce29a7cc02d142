import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.spl import SplError, table
from app.spl.table import Table

CELLS = st.text(st.characters(exclude_categories=["Cs"]))
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.builds(
        Table,
        st.lists(CELLS, min_size=width, max_size=width),
        st.lists(st.lists(CELLS, min_size=width, max_size=width)),
    )
)


@given(TABLES)
def test_table_comes_back_as_it_was(events: Table) -> None:
    assert table.read(table.write(events)) == events


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        (["007", " x ", "NaN", "1.10"], "007, x ,NaN,1.10\n"),
        (['say "hi"', "a,b", "two\nlines", ""], '"say ""hi""","a,b","two\nlines",\n'),
        (["lone\rreturn", "x"], '"lone\rreturn",x\n'),
        ([""], '""\n'),
    ],
)
def test_row_is_written_for_any_reader(cells: list[str], line: str) -> None:
    events = Table([f"c{number}" for number in range(len(cells))], [cells])
    assert table.write(events).split("\n", 1)[1] == line
    frame = pd.read_csv(io.StringIO(table.write(events)), dtype=str, keep_default_na=False)
    assert frame.to_numpy().tolist() == [cells]


def test_text_is_as_pandas_writes_it() -> None:
    columns, rows = ["a b", 'c"d'], [["1,2", "x\ny"], ["", "z"], ['"', " "]]
    expected = pd.DataFrame(rows, columns=columns).to_csv(index=False)
    assert table.write(Table(columns, rows)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the input is empty: it must be CSV with a header row"),
        ("\n\n", "the input is empty: it must be CSV with a header row"),
        ("a,b\n1,2\n3\n", "row 2 of the input has 1 cells, the header has 2"),
        ('a,b\n1,"2\n', "the input is no CSV: unexpected end of data"),
    ],
)
def test_text_that_is_no_table_is_an_error(text: str, message: str) -> None:
    with pytest.raises(SplError) as error:
        table.read(text)
    assert str(error.value) == message


def test_header_without_rows() -> None:
    assert table.read("a,b\n") == Table(["a", "b"], [])


def test_megabytes_in_one_cell() -> None:
    events = Table(["a"], [["x" * 5_000_000]])
    assert table.read(table.write(events)) == events


def test_select_keeps_the_order_of_the_table() -> None:
    events = Table(["a", "b", "c", "a"], [["1", "2", "3", "4"]])
    assert table.select(events, ["c", "a"]) == Table(["a", "c", "a"], [["1", "3", "4"]])
