import numpy as np
import pandas as pd
import pytest

from admf_jit.data.sessions import NS_PER_DAY, local_clock, session_numbers, utc_offset
from tests.data.bars import moments


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe"])
def test_offset_agrees_with_pandas_on_every_half_hour_of_a_year(zone: str) -> None:
    index = pd.date_range("2024-01-01", "2025-01-01", freq="30min", tz="UTC").as_unit("ns")
    time = index.tz_localize(None).to_numpy().astype("datetime64[ns]").astype(np.int64)
    local = index.tz_convert(zone).tz_localize(None).to_numpy().astype("datetime64[ns]").astype(np.int64)
    assert np.array_equal(utc_offset(time, zone), local - time)


def test_sessions_count_days_that_have_bars() -> None:
    time = np.array(moments("2024-01-05T21:00", "2024-01-05T22:00", "2024-01-08T01:00", "2024-01-08T06:00"))
    assert session_numbers(time, "UTC").tolist() == [0, 0, 1, 1]
    assert session_numbers(time, "America/New_York").tolist() == [0, 0, 1, 2]


def test_a_clock_set_back_over_midnight_does_not_begin_a_session_twice() -> None:
    # Cairo's clock goes back from 24:00 to 23:00.
    time = np.array(moments("2024-10-31T20:30", "2024-10-31T21:30", "2024-10-31T22:30"))
    assert (np.diff(session_numbers(time, "Africa/Cairo")) >= 0).all()


def test_no_bars_have_no_sessions() -> None:
    assert session_numbers(np.zeros(0, np.int64), "UTC").shape == (0,)
    assert NS_PER_DAY == 86_400 * 10**9


@pytest.mark.parametrize(
    "zone", ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Kiritimati"]
)
def test_the_clock_is_what_pandas_shows_on_every_half_hour_of_a_year(zone: str) -> None:
    index = pd.date_range("2024-01-01", "2025-01-01", freq="30min", tz="UTC").as_unit("ns")
    time = index.tz_localize(None).to_numpy().astype("datetime64[ns]").astype(np.int64)
    local = index.tz_convert(zone)
    assert np.array_equal(
        local_clock(time, zone), (local.hour * 60 + local.minute).to_numpy().astype(np.int64) * 60 * 10**9
    )


def test_five_to_four_is_the_same_number_before_and_after_the_clock_changes() -> None:
    time = np.array(moments("2024-03-08T20:55", "2024-03-11T19:55"))
    assert local_clock(time, "America/New_York").tolist() == [(15 * 60 + 55) * 60 * 10**9] * 2


def test_an_hour_that_comes_twice_has_the_same_clock_twice() -> None:
    time = np.array(moments("2024-11-03T05:30", "2024-11-03T06:30"))
    assert local_clock(time, "America/New_York").tolist() == [90 * 60 * 10**9] * 2


def test_before_the_epoch_the_clock_is_not_negative() -> None:
    assert local_clock(np.array(moments("1960-06-01T01:00")), "America/New_York").tolist() == [21 * 3600 * 10**9]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_the_first_and_the_last_number_have_an_offset(zone: str) -> None:
    ends = np.array([-(2**63), -(2**63) + 1, 2**63 - 1], np.int64)
    assert np.isin(utc_offset(ends, zone), [0, -4 * 3600 * 10**9, -5 * 3600 * 10**9, -17762 * 10**9]).all()
