"""Bars per year of what people have, beside what the calendar of each market says."""

import numpy as np
import pandas as pd
import pytest

from admf_jit.data.annualisation import Annualisation, annualise
from admf_jit.data.sessions import local_clock, session_numbers
from admf_jit.data.timeframe import infer

NEW_YORK = "America/New_York"


def of(index: pd.DatetimeIndex, timezone: str = "UTC") -> Annualisation:
    time = index.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[ns]").astype(np.int64)
    return annualise(time, session_numbers(time, timezone), local_clock(time, timezone), infer(time), timezone)


def shares(days: int, minutes: int = 390, start: str = "2024-01-02", step: int = 1) -> pd.DatetimeIndex:
    opening = pd.bdate_range(start, periods=days) + pd.Timedelta("9h30min")
    bars = pd.to_timedelta(np.arange(0, minutes, step), unit="min")
    return pd.DatetimeIndex((opening.to_numpy()[:, None] + bars.to_numpy()).reshape(-1)).tz_localize(NEW_YORK)


def currencies(weeks: int, frequency: str = "1h") -> pd.DatetimeIndex:
    """Sunday 22:00 to Friday 22:00 UTC."""
    index = pd.date_range("2024-01-07 22:00", periods=weeks * 7 * 24, freq="1h", tz="UTC")
    hours = index.day_of_week * 24 + index.hour
    open_hours = index[(hours < 4 * 24 + 22) | (hours >= 6 * 24 + 22)]
    return pd.DatetimeIndex(open_hours[:: int(pd.Timedelta(frequency) / pd.Timedelta("1h"))])


@pytest.mark.parametrize("days", [1, 2, 3, 5, 21, 200])
@pytest.mark.parametrize("timezone", [NEW_YORK, "UTC"])
def test_sessions_of_minutes_are_252_of_390(days: int, timezone: str) -> None:
    assert of(shares(days), timezone) == Annualisation(252 * 390, "252 sessions of 390 bars")


def test_the_first_and_the_last_session_may_be_cut() -> None:
    assert of(shares(5)[200:-100], NEW_YORK).bars_per_year == 252 * 390
    assert of(shares(2)[200:], NEW_YORK).bars_per_year == 252 * 390


def test_hours_and_daily_bars_of_less_than_a_year_count_252_sessions() -> None:
    assert of(shares(10, step=60), NEW_YORK).bars_per_year == 252 * 7
    assert of(pd.bdate_range("2024-01-02", periods=60, tz="UTC")) == Annualisation(252.0, "252 sessions of 1 bar")


@pytest.mark.parametrize(("step", "bars"), [("1min", 1440), ("5min", 288), ("1h", 24), ("4h", 6)])
@pytest.mark.parametrize("start", ["2024-01-02 12:00", "2024-01-06 00:00"])
def test_a_market_around_the_clock_counts_the_calendar(step: str, bars: int, start: str) -> None:
    for days in (1, 3, 10):
        index = pd.date_range(start, periods=days * bars, freq=step, tz="UTC")
        assert of(index).bars_per_year == pytest.approx(365.25 * bars, rel=1e-12)


def test_daily_bars_of_every_day_count_the_calendar() -> None:
    assert of(pd.date_range("2024-01-02", periods=30, freq="1D", tz="UTC")).bars_per_year == 365.25


@pytest.mark.parametrize("weeks", [2, 8, 40])
@pytest.mark.parametrize("timezone", ["UTC", NEW_YORK])
def test_a_market_of_five_days_around_the_clock_counts_five_sevenths(weeks: int, timezone: str) -> None:
    found = of(currencies(weeks), timezone)
    assert found.bars_per_year == pytest.approx(365.25 * 5 / 7 * 24, rel=0.01)
    assert found.basis == "around the clock, 5 days a week"


@pytest.mark.parametrize(
    "index",
    [
        pd.bdate_range("2020-01-02", periods=1000, tz="UTC"),
        pd.date_range("2020-01-02", periods=500, freq="1D", tz="UTC"),
        shares(300, step=30),
        currencies(60),
        pd.date_range("2023-01-02", periods=30, freq="7D", tz="UTC"),
        pd.date_range("2023-01-01", periods=7, freq="MS", tz="UTC"),
    ],
)
def test_a_year_or_long_bars_have_a_pace_of_their_own(index: pd.DatetimeIndex) -> None:
    found = of(index)
    pace = (len(index) - 1) * 365.25 / ((index[-1] - index[0]) / pd.Timedelta("1D"))
    assert found.bars_per_year == pytest.approx(pace, rel=1e-12)
    assert found.basis.startswith("the pace of ")


def test_parts_that_are_years_apart_have_no_pace() -> None:
    apart = shares(1, start="2022-03-01").append(shares(1))
    assert of(apart, NEW_YORK).bars_per_year == 252 * 390
