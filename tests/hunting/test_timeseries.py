"""Decomposition beside statsmodels, series whose answer is known, odd input, published series."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.seasonal import STL
from statsmodels.tsa.stattools import acf

from app.hunting import timeseries
from app.hunting.timeseries import seasons, spread, stl

SHARED = Path(__file__).parents[3] / "shared" / "data"
published = pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not here")

START = 1_700_006_400  # a midnight, UTC


def series(days: int = 14, noise: float = 0.2, weekly: float = 0.0, seed: int = 1) -> pd.DataFrame:
    """Hourly values with a daily wave, quieter at every sixth and seventh day."""
    hours = np.arange(days * 24)
    values = 10 + np.sin(2 * np.pi * hours / 24) - weekly * (hours // 24 % 7 > 4)
    values = values + np.random.default_rng(seed).normal(size=len(hours)) * noise
    return pd.DataFrame({"_time": START + hours * 3600, "value": values})


def learned(frame: pd.DataFrame, by: tuple[str, ...] = (), **options: object) -> timeseries.Model:
    layout = timeseries.layout(frame, list(frame), by=by)
    return timeseries.learn(frame, timeseries.Settings(layout, **options))


def anomalies(frame: pd.DataFrame, **options: object) -> dict[int, int]:
    found = timeseries.annotate(learned(frame, **options), frame)["anomaly"]
    return found[found != 0].to_dict()


def test_parts_are_those_of_statsmodels() -> None:
    values = series(28)["value"].to_numpy() + np.linspace(0, 2, 28 * 24)
    values[100] += 5
    window = stl.trend_window(len(values), [24])
    theirs = STL(
        values, period=24, seasonal=10_001, seasonal_deg=0, trend=window, robust=True
    ).fit()
    ours = timeseries.decompose(values[None], [24])
    inner = slice(48, -48)
    assert np.abs(ours.trend[0] - theirs.trend)[inner].max() < 0.05
    assert np.abs(ours.seasonal[0] - theirs.seasonal)[inner].max() < 0.1
    np.testing.assert_allclose(ours.trend + ours.seasonal + ours.residual, values[None], rtol=1e-12)


def test_parts_of_a_known_series_are_found() -> None:
    hours = np.arange(21 * 24)
    wave = 3 * np.sin(2 * np.pi * hours / 24)
    line = 100 + hours * 0.05
    parts = timeseries.decompose((line + wave)[None], [24])
    np.testing.assert_allclose(parts.trend[0], line, atol=0.05)
    np.testing.assert_allclose(parts.seasonal[0], wave, atol=0.05)


def test_many_series_are_decomposed_as_one_is() -> None:
    values = np.stack([series(seed=seed)["value"] for seed in range(5)])
    values[2, 30:60] = np.nan
    together = timeseries.decompose(values, [24])
    for row in range(5):
        alone = timeseries.decompose(values[[row]], [24])
        np.testing.assert_allclose(together.trend[row], alone.trend[0])
        np.testing.assert_allclose(together.residual[row], alone.residual[0])


def test_autocorrelation_is_that_of_statsmodels() -> None:
    values = series(7)["value"].to_numpy()
    values = values - values.mean()
    np.testing.assert_allclose(
        seasons.autocorrelation(values[None])[0, :50], acf(values, adjusted=True, nlags=49)
    )


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (series(7), (24,)),
        (series(28, weekly=1), (24, 168)),
        (series(28, weekly=3, noise=0.5), (24, 168)),
        (series(28).assign(value=lambda f: np.random.default_rng(0).normal(size=len(f))), ()),
        (
            series(28).assign(
                value=lambda f: np.random.default_rng(0).normal(size=len(f)).cumsum()
            ),
            (),
        ),
        (series(28).assign(value=lambda f: np.sin(np.arange(len(f)) * 2 * np.pi / 37)), (37,)),
        (series(28).assign(value=5.0), ()),
    ],
)
def test_seasons_are_found(frame: pd.DataFrame, expected: tuple[int, ...]) -> None:
    assert learned(frame).series[()].periods == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [(("24",), (24,)), (("1d",), (24,)), (("7d", "1d"), (24, 168)), (("1w",), (168,)), ((), ())],
)
def test_seasons_can_be_given(texts: tuple[str, ...], expected: tuple[int, ...]) -> None:
    assert learned(series(28), periods=texts).series[()].periods == expected


@pytest.mark.parametrize("weekly", [0.0, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_injected_anomalies_are_found_and_nothing_else(weekly: float, seed: int) -> None:
    frame = series(35, weekly=weekly, seed=seed)
    injected = {50: 1, 200: -1, 400: 1, 401: 1, 700: -1}
    for row, sign in injected.items():
        frame.loc[row, "value"] += sign * 2.4
    found = anomalies(frame)
    assert injected.items() <= found.items()
    assert len(found) <= len(injected) + 2


def test_long_burst_is_not_taken_for_trend() -> None:
    frame = series(28)
    frame.loc[300:319, "value"] += 2
    assert anomalies(frame) == dict.fromkeys(range(300, 320), 1)


def test_dip_of_a_constant_is_found() -> None:
    frame = pd.DataFrame({"_time": START + np.arange(100) * 60, "n": 60})
    frame.loc[40, "n"] = 50
    assert anomalies(frame) == {40: -1}


def test_rows_in_any_order_with_gaps_and_twice_have_their_answer() -> None:
    frame = series(28)
    frame.loc[300, "value"] += 4
    messy = pd.concat([frame.drop(range(100, 120)), frame.iloc[[5, 300]]])
    messy = messy.sample(frac=1, random_state=1)
    result = timeseries.annotate(learned(messy), messy)
    assert result.index.equals(messy.index)
    assert result.index[result["anomaly"] != 0].tolist() == [300, 300]
    np.testing.assert_allclose(
        result["trend"] + result["seasonal"] + result["residual"], messy["value"]
    )


def test_rows_without_time_or_number_have_no_score() -> None:
    frame = series(7).astype(object)
    frame.loc[3, "_time"] = None
    frame.loc[4, "value"] = "many"
    layout = timeseries.Layout("_time", "value")
    result = timeseries.annotate(timeseries.learn(frame, timeseries.Settings(layout)), frame)
    assert result.loc[[3, 4], "score"].isna().all()
    assert result["score"].notna().sum() == len(frame) - 2
    assert result.loc[[3, 4], "anomaly"].tolist() == [0, 0]


def test_local_clock_keeps_a_season_in_place_when_clocks_change() -> None:
    local = pd.date_range("2023-10-15", "2023-11-12", freq="h", tz="Europe/Berlin")
    busy = np.where((local.hour >= 8) & (local.hour < 18), 100.0, 10.0)
    noise = np.random.default_rng(1).normal(size=len(local))
    frame = pd.DataFrame({"_time": local.tz_convert("UTC"), "n": busy + noise})
    for zone, most in (("Europe/Berlin", 2), ("", 100)):
        layout = timeseries.layout(frame, ["_time", "n"], zone=zone)
        model = timeseries.learn(frame, timeseries.Settings(layout))
        count = int((timeseries.annotate(model, frame)["anomaly"] != 0).sum())
        assert count <= most
        assert zone or count > 4


def test_forecast_bounds_hold_what_comes_and_widen() -> None:
    whole = series(35, weekly=1)
    past, future = whole.iloc[: 28 * 24], whole.iloc[28 * 24 :].copy()
    future.iloc[10, 1] += 5
    result = timeseries.annotate(learned(past), future)
    assert result["anomaly"].iloc[10] == 1
    assert (result["anomaly"] != 0).sum() <= 3
    width = result["upper"] - result["lower"]
    assert width.iloc[-24:].mean() >= width.iloc[:24].mean()
    np.testing.assert_allclose(result["baseline"], whole["value"].iloc[28 * 24 :], atol=1)


def test_series_are_kept_apart_by_fields() -> None:
    one, two = series(14).assign(host="a"), series(14, seed=2).assign(host="b")
    two["value"] = two["value"] * 1000
    one.loc[100, "value"] += 5
    frame = pd.concat([one, two], ignore_index=True)
    model = learned(frame, by=("host",))
    result = timeseries.annotate(model, frame)
    assert result.index[result["anomaly"] != 0].tolist() == [100]
    alone = timeseries.annotate(learned(one), one)
    np.testing.assert_allclose(result["baseline"].iloc[: len(one)], alone["baseline"])


def test_series_never_seen_are_judged_by_themselves() -> None:
    model = learned(series(14).assign(host="a"), by=("host",))
    other = series(14, seed=5).assign(host="new")
    other["value"] = other["value"] * 50
    other.loc[77, "value"] += 300
    result = timeseries.annotate(model, other)
    assert result.index[result["anomaly"] != 0].tolist() == [77]


def test_short_series_have_no_anomaly() -> None:
    frame = pd.DataFrame({"_time": START + np.arange(5) * 60, "n": [1, 1, 99, 1, 1]})
    result = timeseries.annotate(learned(frame), frame)
    assert result["anomaly"].tolist() == [0] * 5
    assert result["score"].isna().all()


def test_saved_model_answers_the_same(tmp_path: Path) -> None:
    frame = pd.concat([series(14).assign(host=host) for host in "ab"], ignore_index=True)
    model = learned(frame, by=("host",), periods=("1d",), span=3600.0)
    timeseries.save(model, tmp_path / "timeseries_m")
    loaded = timeseries.load(tmp_path / "timeseries_m")
    assert loaded.settings == model.settings
    later = frame.assign(_time=frame["_time"] + 86_400)
    pd.testing.assert_frame_equal(
        timeseries.annotate(loaded, later), timeseries.annotate(model, later)
    )


def test_components_draw_the_series() -> None:
    frame = pd.concat([series(14).assign(host=host) for host in "ab"], ignore_index=True)
    parts = timeseries.components(learned(frame, by=("host",)))
    assert list(parts) == [
        *("host", "time", "trend", "seasonal", "baseline", "lower", "upper"),
    ]
    np.testing.assert_allclose(parts["time"], frame["_time"])
    assert ((parts["lower"] < parts["baseline"]) & (parts["baseline"] < parts["upper"])).all()


def test_spread_of_normal_noise_is_its_standard_deviation() -> None:
    noise = np.random.default_rng(1).normal(size=20_000) * 3
    _, spreads = spread.table(noise, np.zeros(20_000))
    np.testing.assert_allclose(spreads, 3, rtol=0.08)


@pytest.mark.parametrize(
    ("fields", "options", "message"),
    [
        (["value"], {}, "no field tells the time: give time=; the search has: value"),
        (["_time", "name"], {}, "no field holds numbers: give value=; the search has: _time, name"),
        (["_time", "value"], {"value": "x"}, "value= names 'x'"),
        (["_time", "value"], {"aggregate": "most"}, "agg='most' is neither mean nor sum"),
        (["_time", "value"], {"zone": "Mars/Base"}, "tz='Mars/Base' is no time zone"),
    ],
)
def test_wrong_fields_are_refused(fields: list[str], options: dict[str, str], message: str) -> None:
    frame = series(1).assign(name="x")
    with pytest.raises(ValueError, match=message):
        timeseries.layout(frame[fields], fields, **options)


@pytest.mark.parametrize("text", ["1", "0d", "1x", "day", "90m", "-5m"])
def test_wrong_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(text)) + " is not a"):
        learned(series(7), periods=(text,))


def test_spans_too_short_for_the_time_are_refused() -> None:
    with pytest.raises(ValueError, match="give longer ones, such as span=1h"):
        learned(series(14), span=1.0)


@pytest.mark.parametrize(
    "frame", [series(1).head(0), series(1).head(1), series(1).assign(value=np.nan)]
)
def test_no_series_is_refused(frame: pd.DataFrame) -> None:
    layout = timeseries.Layout("_time", "value")
    with pytest.raises(ValueError, match=r"no row has both|no series has two different times"):
        timeseries.learn(frame, timeseries.Settings(layout))


@published
def test_published_anomalies_are_found_and_at_most_two_others() -> None:
    frame = pd.read_csv(SHARED / "hourly_counts.csv.gz")
    model = learned(frame[["_time", "value"]])
    found = timeseries.annotate(model, frame)["anomaly"] != 0
    labelled = frame["is_anomaly"] == 1
    assert model.series[()].periods == (168,)
    assert found[labelled].all()
    assert (found & ~labelled).sum() <= 2


@published
def test_published_logons_have_a_daily_and_a_weekly_season() -> None:
    frame = pd.read_csv(SHARED / "hourly_failed_logons.csv.gz")
    assert learned(frame).series[()].periods == (24, 168)
