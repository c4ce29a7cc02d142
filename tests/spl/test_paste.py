import pytest

from app.spl import paste
from app.spl.table import Table

EVENTS = Table(["a", "b"], [["1", "2"], ["3", "4"]])


@pytest.mark.parametrize(
    ("target", "output_name", "names"),
    [
        (None, None, ["predicted_x", "predicted_y"]),
        (None, "out", ["out_x", "out_y"]),
        ("label", None, ["predicted_label", "y"]),
        ("label", "out", ["out", "y"]),
    ],
)
def test_columns_of_a_result_are_named_as_dsdl_does(
    target: str | None, output_name: str | None, names: list[str]
) -> None:
    assert paste.names(["x", "y"], target, output_name) == names


@pytest.mark.parametrize(
    ("results", "pasted"),
    [
        (
            Table(["x"], [["5"], ["6"]]),
            Table(["a", "b", "x"], [["1", "2", "5"], ["3", "4", "6"]]),
        ),
        (Table(["b"], [["5"], ["6"]]), Table(["a", "b"], [["1", "5"], ["3", "6"]])),
        (Table(["x"], [["5"]]), Table(["a", "b", "x"], [["1", "2", "5"], ["3", "4", ""]])),
        (
            Table(["x"], [["5"], ["6"], ["7"]]),
            Table(["a", "b", "x"], [["1", "2", "5"], ["3", "4", "6"], ["", "", "7"]]),
        ),
        (Table(["x"], []), Table(["a", "b", "x"], [["1", "2", ""], ["3", "4", ""]])),
    ],
)
def test_results_are_pasted_by_position(results: Table, pasted: Table) -> None:
    assert paste.paste(EVENTS, results) == pasted
