"""What is wrong with a search is said with a search that is right."""

import runpy
from pathlib import Path

import pandas as pd
import pytest

MODULES = Path(__file__).parents[2] / "model"
FRAME = pd.DataFrame(
    {"_time": [1.0, 2.0], "src_ip": "192.0.2.1", "dest_ip": "198.51.100.1", "n": 3}
)


@pytest.mark.parametrize(
    ("model", "fields", "given", "message"),
    [
        ("outliers", ["n"], {"contamination": "2"}, "contamination='2' is not a number from 0 to"),
        ("outliers", ["n"], {"categorical": "x"}, "categorical= names 'x'; the search has: n"),
        ("outliers", ["m"], {}, "there is no field 'm'; the search has: _time"),
        ("outliers", ["n"], {"trees": "5"}, "unknown option 'trees'; this model has: cat"),
        ("beaconing", ["n"], {"min_period": "x"}, "min_period='x' is not a number from"),
        ("beaconing", ["n"], {"dest": "where"}, "dest= names 'where'; the search has: _time"),
        ("timeseries_anomaly", ["n"], {}, "no field tells the time: give time=; the search has: n"),
        ("timeseries_anomaly", ["_time", "n"], {"by": "x"}, "by= names 'x'"),
        ("timeseries_anomaly", ["_time", "n"], {"span": "1 hour"}, "'1 hour' is not a time such"),
        ("timeseries_anomaly", ["_time", "n"], {"period": "moon"}, "'moon' is not a time such as"),
    ],
)
def test_wrong_search_is_answered_with_a_right_one(
    model: str, fields: list[str], given: dict[str, str], message: str
) -> None:
    module = runpy.run_path(str(MODULES / f"{model}.py"))
    param = {"options": {"params": {"algo": model, **given}}, "feature_variables": fields}
    with pytest.raises(ValueError, match=f"{message}.*A search that works: .*algo={model} "):
        module["init"](FRAME, param)
