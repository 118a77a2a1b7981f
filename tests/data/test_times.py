import datetime

import numpy as np
import pandas as pd
import pytest

from admf_jit.data import load
from admf_jit.data.times import NOT_A_TIME, parse_times
from admf_jit.errors import DataError
from tests.data.bars import csv_at, frame, moments

EXPECTED = moments("2024-01-30T14:30", "2024-01-31T14:31")


def parsed(values: list[object]):
    return parse_times(pd.Series(values), "time", "t")


@pytest.mark.parametrize(
    ("values", "timezone"),
    [
        (["2024-01-30 14:30", "2024-01-31 14:31"], None),
        (["2024-01-30T14:30:00.000", "2024-01-31T14:31:00.000"], None),
        (["2024/1/30 14:30", "2024/1/31 14:31"], None),
        (["2024.01.30 14:30", "2024.01.31 14:31"], None),
        (["20240130 143000", "20240131 143100"], None),
        (["30.01.2024 14:30:00.000", "31.01.2024 14:31:00.000"], None),
        (["01/30/2024 14:30", "01/31/2024 14:31"], None),
        (["01/30/2024 2:30 PM", "01/31/2024 2:31 PM"], None),
        (["30 Jan 2024 14:30", "31 Jan 2024 14:31"], None),
        (["2024-01-30 14:30:00+00:00", "2024-01-31 14:31:00+00:00"], "UTC"),
        (["2024-01-30T14:30:00Z", "2024-01-31T14:31:00Z"], "UTC"),
        (["2024-01-30 14:30:00 UTC", "2024-01-31 14:31:00 UTC"], "UTC"),
        (["2024-01-30 09:30:00-05:00", "2024-01-31 09:31:00-05:00"], "Etc/GMT+5"),
        (["2024-01-30 09:30:00-0500", "2024-01-31 09:31:00-0500"], "Etc/GMT+5"),
        (["30.01.2024 15:30:00.000 GMT+0100", "31.01.2024 15:31:00.000 GMT+0100"], "Etc/GMT-1"),
        (["2024-01-30 20:00:00+05:30", "2024-01-31 20:01:00+05:30"], "UTC"),
        ([ns // 10**9 for ns in EXPECTED], "UTC"),
        ([ns // 10**6 for ns in EXPECTED], "UTC"),
        ([ns // 10**3 for ns in EXPECTED], "UTC"),
        (list(EXPECTED), "UTC"),
        ([str(ns // 10**6) for ns in EXPECTED], "UTC"),
        ([ns / 10**9 for ns in EXPECTED], "UTC"),
    ],
)
def test_every_way_of_writing_gives_the_same_moment(values: list[object], timezone: str | None) -> None:
    times = parsed(values)
    assert times.nanoseconds.tolist() == EXPECTED
    assert times.timezone == timezone


@pytest.mark.parametrize(
    "values",
    [["2024-01-30"], ["20240130"], [20240130], ["30.01.2024"], ["01/30/2024"], [datetime.date(2024, 1, 30)]],
)
def test_dates_are_midnight_utc(values: list[object]) -> None:
    assert parsed(values).nanoseconds.tolist() == moments("2024-01-30")
    assert parsed(values).timezone is None


@pytest.mark.parametrize("tz", ["America/New_York", "Asia/Kolkata", "UTC"])
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_pandas_datetimes_keep_their_zone(tz: str, unit: str) -> None:
    series = pd.Series(pd.DatetimeIndex(np.array(EXPECTED, "datetime64[ns]"), tz="UTC").as_unit(unit).tz_convert(tz))
    times = parse_times(series, "time", "t")
    assert (times.nanoseconds.tolist(), times.timezone) == (EXPECTED, tz)


def test_changing_offsets_have_no_zone_and_a_note() -> None:
    times = parsed(["2024-01-30 09:30-05:00", "2024-07-30 09:30-04:00"])
    assert times.nanoseconds.tolist() == moments("2024-01-30T14:30", "2024-07-30T13:30")
    assert times.timezone == "UTC"
    assert "sessions are counted in UTC" in str(times.note)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["01/02/2024", "01/03/2024"], "'01/02/2024' may be day or month first"),
        (
            ["2024-01-02T09:30:00Z", "2024-01-02T09:31:00"],
            "a zone on some rows and none on others, such as '2024-01-02T0",
        ),
        ([0, 1, 2], "row numbers or small integers"),
        ([20240102093000, 20240102093100], "holds 20240102093100, which is no time"),
        ([1704205800.5, 1704205860.5], "fractions of an epoch"),
        ([True, False], "holds true and false"),
        (["9999-01-01"], "years 1678 to 2261 can be held"),
    ],
)
def test_unclear_columns_are_refused(values: list[object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        parsed(values)


def test_unreadable_cells_are_marked() -> None:
    assert parsed(["2024-01-30", "soon", None]).nanoseconds[1:].tolist() == [NOT_A_TIME, NOT_A_TIME]


def test_naive_times_are_utc_and_a_note_says_so(tmp_path) -> None:
    data = load(csv_at(tmp_path, "2024-01-02 09:30", "2024-01-02 09:31"))
    assert data.timezone == "UTC"
    assert "times have no zone and are taken as UTC" in data.notes
    assert load(frame()).notes == ()


def test_timezone_moves_sessions_but_no_time() -> None:
    bars = frame(4, start="2024-01-02 22:00", step="1h")
    utc, new_york = load(bars), load(bars, timezone="America/New_York")
    assert utc.time.tolist() == new_york.time.tolist()
    assert utc.session.tolist() == [0, 0, 1, 1]
    assert new_york.session.tolist() == [0, 0, 0, 0]
    assert utc.digest != new_york.digest
    assert load(bars.tz_convert("America/New_York")).digest == new_york.digest


def test_unknown_timezone_gets_the_nearest_name() -> None:
    with pytest.raises(DataError, match="timezone: 'America/NewYork'.*did you mean 'America/New_York'"):
        load(frame(), timezone="America/NewYork")


@pytest.mark.parametrize(
    "times",
    [("now", "today"), ("2024-01-02", "today"), ("Jan 2 2024", "2-3-24"), ("Jan 2 2024", "02 03 2024"), ("", "")],
)
def test_what_could_be_read_as_another_moment_than_was_meant_is_a_bad_row(tmp_path, times) -> None:
    with pytest.raises(DataError, match=r"column 'Date': .*: expected a date or time"):
        load(csv_at(tmp_path, *times))


@pytest.mark.parametrize("digits", ["9223372036854775808", "1" * 400])
def test_numbers_that_are_no_times_are_named(tmp_path, digits) -> None:
    with pytest.raises(DataError, match="which is no time in s, ms, us or ns"):
        load(csv_at(tmp_path, digits, digits))
