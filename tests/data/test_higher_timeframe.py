from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admf_jit.data import HigherBars, MarketData, completed_bars, generate_sample, load
from admf_jit.data.market_data import build
from admf_jit.errors import DataError

NEW_YORK = "America/New_York"
ZONES = ["UTC", NEW_YORK, "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Kiritimati", "Africa/Cairo"]


def bars(index: pd.DatetimeIndex, timeframe: str) -> MarketData:
    time = index.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[ns]").astype(np.int64)
    price = np.arange(1.0, 1.0 + len(time))[None, :]
    values = {**dict.fromkeys(("open", "high", "low", "close"), price), "volume": price}
    return build("made", ("S",), time, values, timezone=str(index.tz), timeframe=timeframe)


def minutes(*clocks: str, day: str = "2024-01-02", tz: str = "UTC", timeframe: str = "1m") -> MarketData:
    return bars(pd.DatetimeIndex([f"{day} {clock}" for clock in clocks]).tz_localize(tz), timeframe)


def told(found: HigherBars) -> list[tuple[int, int]]:
    return list(zip(found.group.tolist(), found.completed.tolist(), strict=True))


def test_a_bar_that_reaches_the_end_of_the_hour_closes_it() -> None:
    data = minutes("09:57", "09:58", "09:59", "10:00", "10:01")
    assert told(completed_bars(data, "1h")) == [(0, -1), (0, -1), (0, 0), (1, 0), (1, 0)]


def test_after_a_gap_the_hour_is_complete_with_the_first_bar_that_comes_later() -> None:
    data = minutes("09:57", "09:58", "12:07", "12:59", "13:00")
    assert told(completed_bars(data, "1h")) == [(0, -1), (0, -1), (1, 0), (1, 1), (2, 1)]


def test_a_session_that_ends_before_midnight_is_complete_at_the_next_one() -> None:
    data = generate_sample("15m", sessions=3)
    found = completed_bars(data, "1d")
    assert np.array_equal(found.group, data.session)
    assert np.array_equal(found.completed, data.session - 1)


def test_a_market_around_the_clock_closes_its_day_with_its_last_bar() -> None:
    data = bars(pd.date_range("2024-01-01", periods=72, freq="1h", tz=NEW_YORK), "1h")
    found = completed_bars(data, "1d")
    assert found.group.tolist() == [0] * 24 + [1] * 24 + [2] * 24
    assert np.flatnonzero(found.completed == found.group).tolist() == [23, 47, 71]


def test_weeks_begin_on_monday() -> None:
    business = bars(pd.bdate_range("2024-01-04", periods=8, tz=NEW_YORK), "1d")
    assert told(completed_bars(business, "1w")) == [(0, -1)] * 2 + [(1, 0)] * 5 + [(2, 1)]
    every_day = bars(pd.date_range("2024-01-05", periods=11, freq="1D", tz="UTC"), "1d")
    expected = [(0, -1), (0, -1), (0, 0)] + [(1, 0)] * 6 + [(1, 1), (2, 1)]
    assert told(completed_bars(every_day, "1w")) == expected


@pytest.mark.parametrize("month", ["2024-03", "2024-11"])
def test_days_and_weeks_keep_their_length_on_the_calendar_when_the_clock_changes(month: str) -> None:
    index = pd.date_range(f"{month}-01", periods=28, freq="1D", tz=NEW_YORK)
    weeks = completed_bars(bars(index, "1d"), "1w")
    assert np.array_equal(weeks.completed == weeks.group, index.day_of_week == 6)
    hours = pd.date_range(f"{month}-01", f"{month}-29", freq="1h", tz=NEW_YORK, inclusive="left")
    days = completed_bars(bars(hours, "1h"), "1d")
    assert sorted(set(np.bincount(days.group))) in ([23, 24], [24, 25])
    assert hours[days.completed == days.group].hour.unique().tolist() == [23]


def test_an_hour_that_comes_twice_is_two_bars_but_longer_periods_are_not_cut() -> None:
    index = pd.date_range("2024-11-03", periods=5 * 4, freq="15min", tz=NEW_YORK)
    data = bars(index, "15m")
    assert np.bincount(completed_bars(data, "1h").group).tolist() == [4] * 5
    assert np.bincount(completed_bars(data, "30m").group).tolist() == [2] * 10
    assert np.bincount(completed_bars(data, "2h").group).tolist() == [12, 8]
    assert np.flatnonzero(np.diff(completed_bars(data, "2h").completed)).tolist() == [10, 18]


def test_a_gap_between_the_two_hours_does_not_join_them() -> None:
    index = pd.date_range("2024-11-03", periods=3 * 60, freq="1min", tz=NEW_YORK)
    data = bars(index[[60, 61, 150, 151]], "1m")
    assert told(completed_bars(data, "1h")) == [(0, -1), (0, -1), (1, 0), (1, 0)]


def test_a_clock_set_back_over_midnight_repeats_no_session() -> None:
    # One minute after midnight Newfoundland's clock went back to 23:01: the evening again, in the morning's session.
    index = pd.date_range("2010-11-07 02:28", periods=70, freq="1min", tz="UTC").tz_convert("America/St_Johns")
    data = bars(index, "1m")
    assert index[3].strftime("%d %H:%M") == "06 23:01"
    days = completed_bars(data, "1d")
    assert np.array_equal(days.group, data.session)
    assert np.flatnonzero(days.completed == days.group).tolist() == [1]
    half_hours = completed_bars(data, "30m")
    assert np.bincount(half_hours.group).tolist() == [2, 1, 29, 30, 8]


def test_periods_that_do_not_divide_the_day_end_with_it() -> None:
    index = pd.date_range("2024-01-02", periods=48, freq="1h", tz="UTC")
    assert np.bincount(completed_bars(bars(index, "1h"), "7h").group).tolist() == [7, 7, 7, 3] * 2


def test_a_bar_that_comes_after_its_period_was_closed_begins_another() -> None:
    data = minutes("09:56", "09:58", "09:59", "10:00", timeframe="2m")
    assert told(completed_bars(data, "10m")) == [(0, -1), (0, 0), (1, 1), (2, 1)]


def test_the_data_s_own_timeframe_is_every_bar() -> None:
    for data in (minutes("09:57", "10:03"), bars(pd.date_range("2024-01-01", periods=3, freq="MS", tz="UTC"), "1mo")):
        every = list(range(data.n_bars))
        assert told(completed_bars(data, data.timeframe)) == list(zip(every, every, strict=True))


def test_the_merged_axis_counts() -> None:
    index = pd.date_range("2024-01-02 09:55", periods=10, freq="1min", tz="UTC")
    frame = pd.DataFrame({"open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0, "volume": 1.0}, index=index)
    data = load({"A": frame.iloc[:4], "B": frame.iloc[[0, 1, 4, 5]]})
    assert data.has_missing_bars
    assert told(completed_bars(data, "1h")) == [(0, -1)] * 4 + [(0, 0), (1, 0)]


@pytest.mark.parametrize("timezone", ZONES)
@pytest.mark.parametrize("timeframe", ["30min", "1h", "4h", "1d", "1w"])
def test_groups_are_the_calendar_s_over_a_year_without_gaps(timezone: str, timeframe: str) -> None:
    index = pd.date_range("2024-01-01", "2024-12-31", freq="30min", tz="UTC").tz_convert(timezone)
    found = completed_bars(bars(index, "30m"), timeframe)
    days = index.tz_localize(None).normalize()
    if timeframe == "30min":
        key = pd.Series(index)
    elif timeframe == "1w":
        key = pd.Series(days - pd.to_timedelta(days.day_of_week, unit="D"))
    elif timeframe == "1d":
        key = pd.Series(days)
    elif timeframe == "4h":
        key = pd.Series(days + pd.to_timedelta(index.hour // 4 * 4, unit="h"))
    else:
        key = pd.Series([(moment.date(), moment.hour, moment.utcoffset()) for moment in index])
    changes = (key != key.shift()).to_numpy()
    assert np.array_equal(found.group, np.cumsum(changes) - 1)
    assert np.array_equal((found.completed == found.group)[:-1], changes[1:])


def cut(data: MarketData, n_bars: int) -> MarketData:
    return data.select(end=pd.Timestamp(int(data.time[n_bars - 1]), tz="UTC"))


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.sampled_from([1, 1, 1, 2, 3, 59, 60, 61, 700, 1440, 5000]), min_size=2, max_size=60),
    start=st.integers(0, 366 * 1440),
    timezone=st.sampled_from(ZONES),
    timeframe=st.sampled_from(["2m", "5m", "1h", "90m", "4h", "1d", "1w"]),
)
def test_cutting_the_data_after_t_changes_nothing_up_to_t(steps, start, timezone, timeframe) -> None:
    moments = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(start + np.cumsum(steps), unit="min")
    data = bars(moments.tz_convert(timezone), "1m")
    whole = completed_bars(data, timeframe)
    for n_bars in range(2, data.n_bars):
        part = completed_bars(cut(data, n_bars), timeframe)
        assert np.array_equal(part.group, whole.group[:n_bars])
        assert np.array_equal(part.completed, whole.completed[:n_bars])
    # What is complete at t has all its bars at or before t: nothing is added to it later.
    last_bar = {int(group): bar for bar, group in enumerate(whole.group)}
    assert all(last_bar[int(done)] <= bar for bar, done in enumerate(whole.completed) if done >= 0)
    assert np.isin(np.diff(whole.group), (0, 1)).all()
    assert (np.diff(whole.completed) >= 0).all()


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.sampled_from([1, 1, 2, 3, 58, 60, 90, 1440]), min_size=2, max_size=40),
    start=st.integers(0, 366 * 1440),
    timezone=st.sampled_from([NEW_YORK, "Asia/Kolkata", "Europe/London"]),
)
def test_an_hour_is_complete_when_its_end_is_reached_and_never_before(steps, start, timezone) -> None:
    moments = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(start + np.cumsum(steps), unit="min")
    found = completed_bars(bars(moments.tz_convert(timezone), "1m"), "1h")
    shift = timedelta(minutes=30) if timezone == "Asia/Kolkata" else timedelta()
    hours = (moments + shift).floor("1h") - shift  # clocks of these zones stand a fixed part of an hour from UTC's
    for bar, moment in enumerate(moments):
        over = [
            hour for hour in hours[: bar + 1].unique() if hour + timedelta(hours=1) <= moment + timedelta(minutes=1)
        ]
        assert found.completed[bar] == len(over) - 1


@pytest.mark.parametrize(
    ("base", "timeframe", "message"),
    [
        ("5m", "7m", "'7m' is not a whole multiple of the data's 5m"),
        ("1h", "15m", "'15m' is not a whole multiple of the data's 1h"),
        ("1mo", "1w", "'1w' is not a whole multiple of the data's 1mo"),
        ("1d", "1mo", "'1mo' cannot be made of shorter bars; expected Nm, Nh"),
        ("1h", "2d", "'2d' cannot be made of shorter bars"),
        ("1h", "36h", "'36h' cannot be made of shorter bars"),
        ("1h", "often", "'often' is not a bar length"),
    ],
)
def test_other_timeframes_are_refused(base: str, timeframe: str, message: str) -> None:
    with pytest.raises(DataError, match=f"timeframe: {message}"):
        completed_bars(minutes("09:00", "10:00", timeframe=base), timeframe)
