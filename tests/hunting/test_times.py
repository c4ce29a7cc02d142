"""Times as searches write them."""

import numpy as np
import pandas as pd
import pytest

from app.hunting import times

NOON = 1_700_000_000.0  # 2023-11-14T22:13:20Z


@pytest.mark.parametrize(
    "value",
    [
        1_700_000_000,
        1_700_000_000_000,
        1_700_000_000_000_000,
        1_700_000_000_000_000_000,
        "1700000000",
        "1700000000.000",
        "2023-11-14T22:13:20Z",
        "2023-11-14T22:13:20.000Z",
        "2023-11-14T23:13:20.000+01:00",
        "2023-11-14T22:13:20",
        "2023-11-14 22:13:20",
        "2023-11-14 16:13:20-0600",
        "11/14/2023 22:13:20",
        pd.Timestamp("2023-11-14T22:13:20Z"),
    ],
)
def test_time_is_read(value: object) -> None:
    assert times.seconds(pd.Series([value])).tolist() == [NOON]


def test_what_is_no_time_is_nan() -> None:
    column = pd.Series(["2023-11-14T22:13:20Z", None, "soon", "", "inf", "1e400"], index=[5] * 6)
    np.testing.assert_array_equal(times.seconds(column), [NOON, *[np.nan] * 5])


def test_clock_change_keeps_the_distance() -> None:
    column = pd.Series(["2023-10-29T02:30:00+02:00", "2023-10-29T02:30:00+01:00"])
    assert np.diff(times.seconds(column)).tolist() == [3600]


def test_numbers_and_texts_may_mix() -> None:
    column = pd.Series([1_700_000_000, "2023-11-14T22:13:21Z"], dtype=object)
    assert times.seconds(column).tolist() == [NOON, NOON + 1]
