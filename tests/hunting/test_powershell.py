import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.hunting import powershell
from app.hunting.iocs import KINDS
from tests.encoding import b64

LINE = "powershell -enc " + b64("iwr http://192.0.2.1/a 'http://example.com/b'")


def annotate(values: list[object], **options: object) -> pd.DataFrame:
    return powershell.annotate(pd.DataFrame({"cmd": values}), "cmd", **options)  # type: ignore[arg-type]


def test_columns_are_those_described_in_order() -> None:
    assert list(annotate([LINE]).columns) == ["cmd", *powershell.columns()]
    kinds = [name for name in powershell.columns() if name.startswith("ioc_")]
    assert kinds == [f"ioc_{kind}" for kind in (*KINDS, "c2")]


def test_values_are_joined_by_the_delimiter() -> None:
    row = annotate([LINE]).iloc[0]
    assert row["ioc_url"] == "http://192.0.2.1/a|http://example.com/b"
    assert annotate([LINE], delim=" ; ").iloc[0]["ioc_url"] == (
        "http://192.0.2.1/a ; http://example.com/b"
    )


def test_every_kind_of_value_keeps_its_row() -> None:
    values = [LINE, None, float("nan"), "", 42, 4.5, True, "x" * 1_000_000, LINE, "powershell -e !"]
    result = annotate(values)
    assert list(result["decode_status"]) == [
        "decoded", "none", "none", "none", "none", "none", "none", "none", "decoded", "error",
    ]  # fmt: skip
    pd.testing.assert_series_equal(result["cmd"], pd.Series(values, name="cmd"))
    assert not result.drop(columns="cmd").isna().any(axis=None)


def test_index_of_the_frame_is_kept() -> None:
    frame = pd.DataFrame({"cmd": [LINE, "dir", LINE]}, index=[7, 7, 3])
    assert list(powershell.annotate(frame, "cmd").index) == [7, 7, 3]


def test_no_rows() -> None:
    result = annotate([])
    assert (len(result), list(result.columns)) == (0, ["cmd", *powershell.columns()])


def test_missing_field_is_an_error_that_names_the_others() -> None:
    with pytest.raises(ValueError, match="no field 'nope'; the search has: cmd"):
        powershell.annotate(pd.DataFrame({"cmd": ["x"]}), "nope")


def test_first_of_two_fields_with_one_name_is_taken() -> None:
    frame = pd.DataFrame([[LINE, "dir"]], columns=["cmd", "cmd"])
    assert powershell.annotate(frame, "cmd").iloc[0]["decode_status"] == "decoded"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([LINE, "dir", "", None, np.nan, 7]) | st.text(max_size=40)))
def test_rows_stay_aligned(values: list[object]) -> None:
    result = annotate(values)
    alone = [annotate([value]).iloc[0, 1:].tolist() for value in values]
    assert result.iloc[:, 1:].to_numpy().tolist() == alone
