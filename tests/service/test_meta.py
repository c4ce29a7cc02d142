"""What the service reads in the meta object."""

from dataclasses import asdict
from typing import Any

import pytest

from app.failures import RefusedError
from app.meta import read_options

DEFAULTS = {
    "algo": "",
    "mode": "",
    "model_name": "default",
    "plot": False,
    "fit_seconds": None,
    "score_seconds": None,
    "memory_mb": None,
}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {}),
        ({"params": {"algo": "x"}}, {"algo": "x"}),
        ({"params": {"algo": '"x"', "mode": ' "Stage" '}}, {"algo": "x", "mode": "stage"}),
        ({"params": {"algo": None}}, {}),
        ({"params": {"plot": '"True"'}}, {"plot": True}),
        ({"params": None, "mlspl_limits": None, "model_name": None}, {}),
        ({"model_name": "a-b_c_1"}, {"model_name": "a-b_c_1"}),
        (
            {
                "mlspl_limits": {
                    "max_fit_time": "600",
                    "max_score_time": 30,
                    "max_memory_usage_mb": "1000.5",
                }
            },
            {"fit_seconds": 600.0, "score_seconds": 30.0, "memory_mb": 1000.5},
        ),
        ({"mlspl_limits": {"max_fit_time": "soon", "max_score_time": []}}, {}),
        ({"mlspl_limits": {"max_fit_time": "-1", "max_score_time": "0"}}, {}),
        ({"mlspl_limits": {"max_fit_time": "inf", "max_score_time": "nan"}}, {}),
        ({"mlspl_limits": {"max_fit_time": 10**400}}, {}),
        ({"params": {"algo": "x\n"}}, {"algo": "x\n"}),
    ],
)
def test_options_of_a_search(options: dict[str, Any], expected: dict[str, Any]) -> None:
    assert asdict(read_options({"options": options})) == {**DEFAULTS, **expected}


@pytest.mark.parametrize("meta", [{}, {"options": None}, {"feature_variables": ["a"]}])
def test_options_may_be_missing(meta: dict[str, Any]) -> None:
    assert asdict(read_options(meta)) == DEFAULTS


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", ".x", "../x", "a/b", "/etc/x", "a\\b", "a b", "é", "x\n", "x" * 101, 5, ["x"]],
)
def test_options_refuse_a_model_name_that_is_no_file_name(name: Any) -> None:
    with pytest.raises(RefusedError, match=r"^model name .*: use up to 100 letters"):
        read_options({"options": {"model_name": name}})


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({"options": []}, "options of meta is [], not an object"),
        ({"options": {"params": "x"}}, "params of meta is 'x', not an object"),
        ({"options": {"mlspl_limits": 5}}, "mlspl_limits of meta is 5, not an object"),
    ],
)
def test_options_error_says_what_is_wrong(meta: dict[str, Any], message: str) -> None:
    with pytest.raises(RefusedError) as error:
        read_options(meta)
    assert str(error.value) == message
