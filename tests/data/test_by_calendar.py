"""Bars and the calendar of their exchange, beside sessions that were written down by hand."""

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from admf_jit.data import MarketData, load
from admf_jit.errors import DataError
from tests.data import nyse
from tests.reference.bars import bars_per_year_by_calendar


def of(index: pd.DatetimeIndex, calendar: str = "XNYS", **more: Any) -> MarketData:
    return load(nyse.frame(index), calendar=calendar, **more)


def expected(data: MarketData, *, daily: bool) -> float:
    return bars_per_year_by_calendar(data.time.tolist(), nyse.open_times(), nyse.ZONE, daily=daily)


def test_the_sessions_written_down_are_as_many_as_the_exchange_had() -> None:
    assert [len(nyse.sessions(f"{year}-01-01", f"{year}-12-31")) for year in (2022, 2023, 2024)] == [251, 250, 252]


@pytest.mark.parametrize(("year", "sessions"), [(2022, 251), (2023, 250), (2024, 252)])
def test_a_year_of_days_has_the_sessions_of_that_year(year: int, sessions: int) -> None:
    for last in (f"{year}-12-31", f"{year}-03-31"):
        data = of(nyse.daily(f"{year}-01-01", last))
        assert data.bars_per_year == sessions == expected(data, daily=True)
        assert data.annualisation.basis == f"{sessions} sessions of XNYS a year, of 1 bar"
        assert data.gaps.count == 0 and data.notes == ()


def test_two_years_are_counted_together() -> None:
    assert of(nyse.daily("2023-07-01", "2024-03-31")).bars_per_year == 251.0
    assert of(nyse.daily("2022-01-01", "2024-12-31")).bars_per_year == 251.0


def test_early_closes_count_for_what_they_are() -> None:
    """2023 has 248 sessions of 390 minutes and two of 210: 97,140 minutes."""
    week = of(nyse.intraday("2023-06-26", "2023-06-30"))
    assert week.bars_per_year == 97_140.0
    short = of(nyse.intraday("2023-11-20", "2023-11-28"))  # one of them with the short day after Thanksgiving
    assert short.bars_per_year == 97_140.0
    assert short.annualisation.basis == "250 sessions of XNYS a year, of 388.56 bars"
    assert of(nyse.intraday("2023-01-01", "2023-12-31", step=30)).bars_per_year == 97_140 / 30


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_some_sessions_of_minutes_are_as_many_as_all(length: int) -> None:
    last = nyse.sessions("2023-11-20", "2023-12-31")[length - 1]
    data = of(nyse.intraday("2023-11-20", last.isoformat()))
    assert data.bars_per_year == 97_140.0 == expected(data, daily=False)


def test_the_first_and_the_last_session_may_be_cut() -> None:
    assert of(nyse.intraday("2023-06-26", "2023-06-30")[200:-100]).bars_per_year == 97_140.0
    assert of(nyse.intraday("2023-06-26", "2023-06-27")[200:]).bars_per_year == 97_140.0


def test_thin_data_has_fewer_bars_a_year_and_data_in_pieces_has_not() -> None:
    every_other = of(nyse.daily("2023-01-01", "2023-12-31")[::2], timeframe="1d")
    assert every_other.bars_per_year == pytest.approx(250 * 125 / 249, rel=1e-15)
    whole = nyse.daily("2023-01-01", "2023-12-31")
    pieces = of(whole[:20].append(whole[-20:]))
    assert pieces.bars_per_year == 250.0


@pytest.mark.parametrize("seed", range(12))
def test_any_bars_agree_with_the_reference(seed: int) -> None:
    g = np.random.default_rng(seed)
    first = nyse.sessions("2022-01-01", "2024-11-30")[int(g.integers(0, 700))]
    last = first + datetime.timedelta(days=int(g.integers(5, 30)))
    daily = seed % 3 == 0
    index = nyse.daily(str(first), str(last)) if daily else nyse.intraday(str(first), str(last), step=15)
    kept = g.random(len(index)) < g.choice([1.0, 0.9, 0.3])
    kept[:3] = True
    index = index[kept]
    data = of(index, timeframe="1d" if daily else "15m")
    assert data.bars_per_year == pytest.approx(expected(data, daily=daily), rel=1e-14)


def test_bars_of_a_week_keep_their_pace() -> None:
    weeks = pd.date_range("2022-01-03", "2024-12-30", freq="7D", tz=nyse.ZONE)
    assert of(weeks).annualisation == load(nyse.frame(weeks), timezone=nyse.ZONE).annualisation


def test_what_is_stated_goes_before_the_calendar() -> None:
    data = of(nyse.daily("2023-01-01", "2023-12-31"), bars_per_year=300)
    assert (data.bars_per_year, data.annualisation.basis) == (300.0, "as stated")


def test_holidays_and_early_closes_are_no_gaps_and_lost_days_are() -> None:
    minutes = nyse.intraday("2023-11-13", "2023-12-01", step=5)
    assert load(nyse.frame(minutes), timezone=nyse.ZONE).gaps.missing == 78  # Thanksgiving
    assert of(minutes).gaps.count == 0
    lost = of(minutes[minutes.date != datetime.date(2023, 11, 21)])
    assert [gap.missing for gap in lost.gaps.longest] == [78]
    short = of(minutes[minutes.date != datetime.date(2023, 11, 24)])
    assert [gap.missing for gap in short.gaps.longest] == [42]
    days = nyse.daily("2023-01-01", "2023-12-31")
    assert [gap.missing for gap in of(days.delete([100, 101, 200])).gaps.longest] == [2, 1]
    assert load(nyse.frame(days), timezone=nyse.ZONE).gaps.count == 9  # the first holiday lies before the data


def test_holes_in_a_session_count_what_would_open() -> None:
    minutes = nyse.intraday("2023-06-26", "2023-07-05")
    hole = minutes.delete(range(100, 130))
    assert [gap.missing for gap in of(hole).gaps.longest] == [30]
    # The last half hour of Monday and the first of Tuesday are one hole of 60 minutes.
    assert [gap.missing for gap in of(minutes.delete(range(360, 420))).gaps.longest] == [60]
    # What is missing of an hour that the close cuts is a bar of it.
    hours = nyse.intraday("2023-06-26", "2023-07-05", step=60)
    assert [gap.missing for gap in of(hours.delete(6)).gaps.longest] == [1]
    assert of(hours).gaps.count == 0


def test_a_pause_that_recurs_is_no_gap() -> None:
    """A vendor that names bars by their ends lacks the one of the open on every day, and holidays change nothing."""
    ends = nyse.intraday("2023-11-01", "2023-11-30") + pd.Timedelta(1, "min")
    data = of(ends)
    assert data.gaps.count <= 3  # around the early close
    assert data.notes == ("calendar XNYS: 21 of 8,010 bars lie before the open, in a break or after the close",)
    lost = of(ends[ends.date != datetime.date(2023, 11, 14)])
    assert max(gap.missing for gap in lost.gaps.longest) == 390


def test_bars_outside_of_sessions_are_kept_and_told() -> None:
    minutes = nyse.intraday("2023-11-20", "2023-11-28")
    early = pd.date_range("2023-11-21 09:00", periods=10, freq="1min", tz=nyse.ZONE)
    holiday = pd.date_range("2023-11-23 10:00", periods=5, freq="1min", tz=nyse.ZONE)
    saturday = pd.date_range("2023-11-25 10:00", periods=7, freq="1min", tz=nyse.ZONE)
    data = of(minutes.append([early, holiday, saturday]).sort_values())
    assert data.n_bars == len(minutes) + 22
    assert data.notes == (
        "calendar XNYS: 22 of 2,182 bars lie outside of its sessions: 10 before the open, in a break or after the "
        "close; 12 on dates without a session (2023-11-23, 2023-11-25)",
    )
    weekdays = of(pd.bdate_range("2023-01-01", "2023-12-31", tz=nyse.ZONE))
    assert weekdays.notes == (
        "calendar XNYS: 10 of 260 bars lie on dates without a session (2023-01-02, 2023-01-16, 2023-02-20 and 7 more)",
    )


def test_a_bar_that_reaches_into_a_session_lies_in_it() -> None:
    hours = nyse.intraday("2023-06-26", "2023-06-30", step=60) - pd.Timedelta(30, "min")
    data = of(hours)  # 9:00 to 15:00
    assert data.notes == () and data.gaps.count == 0
    assert data.bars_per_year == pytest.approx(97_140 / 60 * 7 / 6.5)


def test_a_break_of_the_day_is_no_gap() -> None:
    """Hong Kong rests from 12:00 to 13:00."""
    day = [f"2024-03-{number:02d}" for number in (4, 5, 6, 7, 8)]
    parts = [pd.date_range(f"{date} {a}", f"{date} {b}", freq="30min") for date in day
             for a, b in (("09:30", "11:30"), ("13:00", "15:30"))]  # fmt: skip
    index = parts[0].append(parts[1:]).tz_localize("Asia/Hong_Kong")
    data = of(index, "XHKG")
    assert (data.timezone, data.gaps.count, data.notes) == ("Asia/Hong_Kong", 0, ())
    assert [gap.missing for gap in of(index.delete(4), "HKEX").gaps.longest] == [1]


def test_every_day_is_a_session_of_24_7() -> None:
    days = pd.date_range("2023-12-01", "2024-02-29", tz="UTC")
    assert of(days, "24/7").bars_per_year == 365.5
    hours = pd.date_range("2023-12-01", "2023-12-10", freq="1h", tz="UTC")
    assert of(hours, "24/7").bars_per_year == 365 * 24
    assert of(hours.delete(range(30, 40)), "24/7").gaps.missing == 10


def test_a_calendar_without_the_bars_is_refused() -> None:
    nights = pd.date_range("2023-11-20 02:00", periods=50, freq="1min", tz=nyse.ZONE)
    with pytest.raises(DataError, match="calendar: no bar of data lies in a session of XNYS; name the calendar"):
        of(nights)
    with pytest.raises(DataError, match="XKRX knows no session in 19.. to 19.., the years of the data"):
        of(pd.bdate_range("1950-01-02", "1950-03-01", tz="Asia/Seoul"), "XKRX")
