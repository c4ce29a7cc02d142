"""Schedules."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.batch.cron import Schedule

MOMENT = datetime.datetime(2026, 11, 23, 10, 20, 30, tzinfo=datetime.UTC)  # a Monday


@pytest.mark.parametrize(
    ("text", "following"),
    [
        ("* * * * *", "2026-11-23 10:21"),
        ("*/15 * * * *", "2026-11-23 10:30"),
        ("20 10 * * *", "2026-11-24 10:20"),
        ("30 6 * * *", "2026-11-24 06:30"),
        ("0 0 1 * *", "2026-12-01 00:00"),
        ("0 12 * * 0", "2026-11-29 12:00"),
        ("0 12 * * 7", "2026-11-29 12:00"),
        ("0 8-10,22 * * 1-5", "2026-11-23 22:00"),
        ("5/20 10 * * *", "2026-11-23 10:25"),
        ("0 0 29 2 *", "2028-02-29 00:00"),
        ("0 0 25 * 5", "2026-11-25 00:00"),
        ("0 0 */2 * 5", "2026-11-27 00:00"),
    ],
)
def test_schedule_says_when(text, following):
    assert f"{Schedule.of(text).after(MOMENT):%Y-%m-%d %H:%M}" == following


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "needs five fields"),
        ("@daily", "needs five fields"),
        ("60 * * * *", "minute '60': use 0 to 59"),
        ("* 24 * * *", "hour '24': use 0 to 23"),
        ("* * 0 * *", "day '0': use 1 to 31"),
        ("*/0 * * * *", "minute '\\*/0': use 0 to 59"),
        ("5-1 * * * *", "minute '5-1'"),
        ("x * * * *", "minute 'x': use"),
        ("0 0 30 2 *", "no day fits"),
    ],
)
def test_what_is_no_schedule_is_refused(text, said):
    with pytest.raises(ValueError, match=said):
        Schedule.of(text)


@given(
    st.datetimes(
        datetime.datetime(2020, 1, 1),
        datetime.datetime(2040, 1, 1),
        timezones=st.just(datetime.UTC),
    ),
    st.integers(0, 59),
    st.integers(0, 23),
)
def test_daily_schedule_comes_within_a_day(moment, minute, hour):
    following = Schedule.of(f"{minute} {hour} * * *").after(moment)
    assert datetime.timedelta(0) < following - moment <= datetime.timedelta(days=1)
    assert (following.hour, following.minute, following.second) == (hour, minute, 0)


@given(st.text("0123456789*,-/ ", max_size=20))
def test_any_text_is_a_schedule_or_refused(text):
    try:
        Schedule.of(text)
    except ValueError as error:
        assert str(error)
