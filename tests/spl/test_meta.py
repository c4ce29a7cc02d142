import json
from dataclasses import asdict

import pytest

from app.spl import SplError, meta
from app.spl.parser import parse

COLUMNS = ["_time", "label", "feature_1", "feature_2", "other", "__mv_feature_1"]
LIMITS = {
    "handle_new_cat": "default",
    "max_distinct_cat_values": "100",
    "max_distinct_cat_values_for_classifiers": "100",
    "max_distinct_cat_values_for_scoring": "100",
    "max_fit_time": "600",
    "max_inputs": "100000",
    "max_memory_usage_mb": "4000",
    "max_model_size_mb": "30",
    "max_score_time": "600",
    "streaming_apply": "false",
    "use_sampling": "true",
}


def fitted(search: str, columns: list[str] = COLUMNS) -> meta.Fitted:
    return meta.of_fit(parse(search)[0], columns)  # type: ignore[arg-type]


def test_fit_tells_all_that_the_contract_names() -> None:
    search = 'fit MLTKContainer label from algo="clf" mode=stage feature_* other into app:m'
    assert meta.fit_meta(fitted(search)) == {
        "options": {
            "params": {"algo": '"clf"', "mode": "stage"},
            "args": ["label", "feature_*", "other"],
            "feature_variables": ["feature_*", "other"],
            "target_variable": ["label"],
            "model_name": "m",
            "algo_name": "MLTKContainer",
            "mlspl_limits": LIMITS,
            "kfold_cv": None,
        },
        "feature_variables": ["feature_1", "feature_2", "other"],
        "target_variables": ["label"],
    }


def test_fit_without_model_target_and_options_leaves_them_out() -> None:
    assert meta.fit_meta(fitted("fit MLTKContainer other")) == {
        "options": {
            "args": ["other"],
            "feature_variables": ["other"],
            "algo_name": "MLTKContainer",
            "mlspl_limits": LIMITS,
            "kfold_cv": None,
        },
        "feature_variables": ["other"],
    }


def test_apply_tells_what_fit_was_told_with_its_own_options_on_top() -> None:
    kept = fitted("fit MLTKContainer label from algo=clf a=1 b=2 other into m as x by _time")
    kept = meta.Fitted(**json.loads(json.dumps(asdict(kept))))  # as a later search finds it
    command = parse("apply m b=3 as y")[0]
    assert meta.apply_meta(meta.of_apply(command, kept)) == {  # type: ignore[arg-type]
        "options": {
            "params": {"algo": "clf", "a": "1", "b": "3"},
            "args": ["label", "other"],
            "feature_variables": ["other"],
            "target_variable": ["label"],
            "model_name": "m",
            "output_name": "y",
            "split_by": "_time",
            "algo_name": "MLTKContainer",
            "mlspl_limits": LIMITS,
            "kfold_cv": None,
        },
        "feature_variables": ["other"],
    }


@pytest.mark.parametrize(
    ("fields", "resolved"),
    [
        ("*", ["_time", "label", "feature_1", "feature_2", "other"]),
        ("feature_*", ["feature_1", "feature_2"]),
        ("f*_*2 other feature_*", ["feature_2", "other", "feature_1"]),
        ("label from *", ["_time", "feature_1", "feature_2", "other"]),
        ("l* from label other", ["other"]),
        ("__mv_feature_1", ["__mv_feature_1"]),
    ],
)
def test_globs_are_resolved_without_the_target(fields: str, resolved: list[str]) -> None:
    assert fitted(f"fit MLTKContainer {fields}").features == resolved


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("nope", "there is no field 'nope'; the events have: a, b"),
        ("a c*", "there is no field 'c*'; the events have: a, b"),
        ("[ab]", "there is no field '[ab]'; the events have: a, b"),
        ("c from a", "there is no field 'c'; the events have: a, b"),
        ("* from a", "there can be one field before 'from', and there are 2"),
        ("a from a", "no field is left for the model to work on but the one before 'from'"),
    ],
)
def test_field_that_is_not_there_is_an_error(fields: str, message: str) -> None:
    with pytest.raises(SplError) as error:
        fitted(f"fit MLTKContainer {fields}", ["a", "b"])
    assert str(error.value) == message


def test_field_of_the_fit_that_is_missing_later_is_an_error() -> None:
    with pytest.raises(SplError, match="there is no field 'b'; the events have: a, c"):
        meta.present(["a", "b"], ["a", "c"])
