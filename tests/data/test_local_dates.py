"""Dates, weeks and times of day are those of the market, whatever the times are written in."""

import numpy as np
import pandas as pd
import pytest

from admf_jit.data import MarketData, completed_bars, load
from tests.data.bars import csv, csv_at

DAYS = pd.to_datetime(
    ["2024-03-25", "2024-03-26", "2024-03-27", "2024-03-28", "2024-04-02", "2024-04-03", "2024-04-04", "2024-04-08"]
)


def dates(data: MarketData) -> list[str]:
    index = pd.DatetimeIndex(data.time.astype("datetime64[ns]"), tz="UTC").tz_convert(data.timezone)
    return index.strftime("%Y-%m-%d").tolist()


@pytest.mark.parametrize("timezone", [None, "UTC", "America/New_York", "Asia/Tokyo"])
@pytest.mark.parametrize(
    "written",
    [
        DAYS.tz_localize("Europe/Berlin").strftime("%Y-%m-%d %H:%M:%S%z"),
        DAYS.tz_localize("Asia/Kolkata").strftime("%Y-%m-%dT%H:%M:%S%z"),
        DAYS.tz_localize("America/New_York").strftime("%Y-%m-%d %H:%M:%S%z"),
        DAYS.strftime("%Y-%m-%d"),
        DAYS.strftime("%Y%m%d"),
        DAYS.strftime("%Y-%m-%dT00:00:00Z"),
        (DAYS.as_unit("s").asi8 * 1000).astype(str),
    ],
)
def test_daily_bars_have_the_dates_that_are_written(tmp_path, written: pd.Index, timezone: str | None) -> None:
    path = csv_at(tmp_path, *written)
    data = load(path, timezone=timezone)
    assert dates(data) == DAYS.strftime("%Y-%m-%d").tolist()
    assert data.timeframe == "1d"
    assert data.session.tolist() == list(range(len(DAYS)))
    assert dates(load(path, timezone=timezone, start="2024-03-27", end="2024-04-02")) == [
        "2024-03-27", "2024-03-28", "2024-04-02"
    ]  # fmt: skip
    # Weeks begin on Monday: 25 March, 1 April (whose Monday is a holiday) and 8 April.
    assert completed_bars(data, "1w").group.tolist() == [0, 0, 0, 0, 1, 1, 1, 2]


@pytest.mark.parametrize("times", ["%Y-%m-%d %H:%M", "%Y%m%d %H%M%S", "%Y%m%d%H%M", "%Y.%m.%d,%H:%M"])
def test_five_to_four_in_new_york_is_that_all_year(tmp_path, times: str) -> None:
    days = [day for day in ("2024-03-07", "2024-03-11", "2024-10-31", "2024-11-04")]
    local = [pd.Timestamp(f"{day} {clock}") for day in days for clock in ("15:50", "15:55")]
    rows = [f"{moment.strftime(times)},10,11,9,10,5" for moment in local]
    header = "Date,Time,Open,High,Low,Close,Volume" if "," in times else "Date,Open,High,Low,Close,Volume"
    data = load(csv(tmp_path, *rows, header=header), timezone="America/New_York")
    assert data.clock[1::2].tolist() == [(15 * 60 + 55) * 60 * 10**9] * len(days)
    expected = pd.DatetimeIndex(local).tz_localize("America/New_York").tz_convert("UTC").tz_localize(None).as_unit("ns")
    assert data.time.tolist() == expected.asi8.tolist()
    assert not any("no zone" in note for note in data.notes)
    assert len(np.unique(data.session)) == len(days)


def test_end_leaks_no_later_bar(tmp_path) -> None:
    index = pd.date_range("2024-03-28", "2024-04-03", freq="1h", tz="Europe/Berlin")
    data = load(csv_at(tmp_path, *index.strftime("%Y-%m-%d %H:%M:%S%z")), end="2024-03-31")
    assert data.timezone == "Europe/Berlin"
    assert pd.Timestamp(int(data.time[-1]), tz="UTC") == pd.Timestamp("2024-03-31 23:00", tz="Europe/Berlin")


def test_an_autumn_night_of_a_local_file(tmp_path) -> None:
    index = pd.date_range("2024-11-02 22:00", "2024-11-03 08:00", freq="30min", tz="America/New_York")
    path = csv_at(tmp_path, *index.strftime("%Y-%m-%d %H:%M"))
    data = load(path, timezone="America/New_York")
    assert data.time.tolist() == index.tz_convert("UTC").tz_localize(None).as_unit("ns").asi8.tolist()
    assert data.timeframe == "30m"
