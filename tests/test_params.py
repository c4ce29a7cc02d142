import pandas as pd
import pytest

from app import params

PARAM = {
    "options": {"params": {"algo": '"x"', "mode": "stage", "field": '"Command Line"', "deep": "t"}},
    "feature_variables": ["b"],
}
FRAME = pd.DataFrame({"a": [1], "b": [2], "Command Line": [3]})


def test_options_come_without_quotes_algo_and_mode() -> None:
    assert params.options(PARAM, {"field", "deep"}) == {"field": "Command Line", "deep": "t"}


def test_options_unknown_name_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="unknown option 'deep'; this model has: delim, field"):
        params.options(PARAM, {"field", "delim"})


@pytest.mark.parametrize("param", [{}, {"options": None}, {"options": {"params": None}}])
def test_options_may_be_missing(param: params.Param) -> None:
    assert params.options(param, {"field"}) == {}


@pytest.mark.parametrize(
    ("text", "expected"), [("true", True), ("T", True), ("0", False), ("No", False)]
)
def test_flag(text: str, expected: bool) -> None:
    assert params.flag({"x": text}, "x", not expected) is expected


def test_flag_wrong_value_is_an_error() -> None:
    with pytest.raises(ValueError, match="x='maybe' is neither true nor false"):
        params.flag({"x": "maybe"}, "x", True)


def test_flag_default() -> None:
    assert params.flag({}, "x", True) is True


@pytest.mark.parametrize(
    ("param", "given", "expected"),
    [
        (PARAM, {}, "b"),
        (PARAM, {"field": "Command Line"}, "Command Line"),
        ({}, {}, "a"),
    ],
)
def test_field(param: params.Param, given: dict[str, str], expected: str) -> None:
    assert params.field(FRAME, param, given) == expected


def test_field_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="no field 'nope'; the search has: a, b, Command Line"):
        params.field(FRAME, PARAM, {"field": "nope"})


def test_number_reads_what_is_within_bounds() -> None:
    assert params.number({"k": "0.25"}, "k", 1, 0, 1) == 0.25
    assert params.number({}, "k", 1, 0, 1) == 1
    assert params.whole({"k": "7"}, "k", 1, 0, 10) == 7


@pytest.mark.parametrize("text", ["many", "", "nan", "inf", "-1", "11"])
def test_number_refuses_all_else(text: str) -> None:
    with pytest.raises(ValueError, match=f"k='{text}' is not a number from 0 to 10"):
        params.number({"k": text}, "k", 1, 0, 10)


def test_whole_refuses_fractions() -> None:
    with pytest.raises(ValueError, match=r"k='2\.5' is not a whole number"):
        params.whole({"k": "2.5"}, "k", 1, 0, 10)


@pytest.mark.parametrize("text", ["a,b", "a b", " a , b "])
def test_listed_fields_are_separated_by_commas_or_blanks(text: str) -> None:
    assert params.listed({"by": text}, "by", ["a", "b", "c"]) == ["a", "b"]
    assert params.listed({}, "by", ["a"]) == []
    with pytest.raises(ValueError, match="by= names 'b'; the search has: a"):
        params.listed({"by": text}, "by", ["a"])


def test_fields_are_those_of_the_search_or_all() -> None:
    frame = pd.DataFrame({"a": [1], "b": [2]})
    assert params.fields(frame, {"feature_variables": ["b"]}) == ["b"]
    assert params.fields(frame, {}) == ["a", "b"]
    with pytest.raises(ValueError, match="there is no field 'c'; the search has: a, b"):
        params.fields(frame, {"feature_variables": ["c"]})
