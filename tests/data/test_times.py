import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from admf_jit.data import load
from admf_jit.data.times import NOT_A_TIME, Times, parse_times
from admf_jit.errors import DataError
from tests.data.bars import csv_at, frame, moments

EXPECTED = moments("2024-01-30T14:30", "2024-01-31T14:31")


def parsed(values: list[object], **how: Any) -> Times:
    return parse_times(pd.Series(values), "time", "t", **how)


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
        (["2024-01-30 20:00:00+05:30", "2024-01-31 20:01:00+05:30"], "Asia/Kolkata"),
        (["20240130 09:30:00 US/Eastern", "20240131 09:31:00 US/Eastern"], "US/Eastern"),
        (["2024-01-30 08:30 America/Chicago", "2024-01-31 08:31 America/Chicago"], "America/Chicago"),
        (["2024-01-30T09:30:00-05:00[America/New_York]", "2024-01-31T09:31:00-05:00[America/New_York]"], "Etc/GMT+5"),
        (["2024-01-30 09:30 EST", "2024-01-31 09:31 EST"], "Etc/GMT+5"),
        (["202401301430", "202401311431"], None),
        ([202401301430, 202401311431], None),
        ([20240130143000, 20240131143100], None),
        ([20240130143000000, 20240131143100000], None),
        (["2024-01-30 14:30:00,000", "2024-01-31 14:31:00,000"], None),
        (["2024-1-30  14:30", "2024-1-31  14:31"], None),
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


def test_changing_offsets_are_told_the_zone_that_has_them() -> None:
    times = parsed(["2024-01-30 09:30-05:00", "2024-07-30 09:30-04:00"])
    assert times.nanoseconds.tolist() == moments("2024-01-30T14:30", "2024-07-30T13:30")
    assert times.timezone == "America/New_York"
    assert times.notes == ("times are written at offsets of America/New_York: its days are the sessions",)


def test_offsets_of_no_zone_are_refused_and_moments_where_a_calendar_is_named() -> None:
    values: list[object] = ["2024-01-30 09:30-05:00", "2024-07-30 09:30-11:00"]
    with pytest.raises(DataError, match="no zone has the offsets .* name the zone .* timezone"):
        parsed(values)
    times = parsed(values, calendar="UTC")
    assert times.nanoseconds.tolist() == moments("2024-01-30T14:30", "2024-07-30T20:30")


@pytest.mark.parametrize("step", [[1, 10**3], [10**3, 10**6], [1, 10**6, 10**9]])
def test_epochs_of_mixed_units_are_read_each_in_its_own(step: list[int]) -> None:
    seconds = [1_735_689_480 + 60 * bar for bar in range(6)]
    mixed: list[object] = [second * step[bar * len(step) // 6] for bar, second in enumerate(seconds)]
    for values in (mixed, [str(value) for value in mixed]):
        times = parsed(values)
        assert times.nanoseconds.tolist() == [second * 10**9 for second in seconds]
        assert "each is read in its own unit" in times.notes[0]


@pytest.mark.parametrize("unit", [1, 1000, 10**6, 10**9])
def test_epochs_from_before_1970_on_are_in_one_unit(unit: int) -> None:
    days = np.arange("1962-01-02", "1981-01-02", dtype="datetime64[D]").astype(np.int64)
    times = parsed((days * 86_400 * unit).tolist())
    assert np.array_equal(times.nanoseconds, days * 86_400 * 10**9)
    assert times.notes == ()


def test_hours_written_as_one_number_are_dates() -> None:
    assert parsed([2024010209, 2024010210]).nanoseconds.tolist() == moments("2024-01-02T09", "2024-01-02T10")


def test_a_number_that_is_no_date_among_dates_is_a_bad_cell() -> None:
    assert parsed([20240229, 20240230, 20240301]).nanoseconds.tolist() == [
        *moments("2024-02-29"), NOT_A_TIME, *moments("2024-03-01")
    ]  # fmt: skip


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo"])
@pytest.mark.parametrize("backwards", [False, True])
def test_local_times_of_years_are_those_of_pandas(zone: str, backwards: bool) -> None:
    index = pd.date_range("2020-06-01", "2024-12-01", freq="30min", tz="UTC").as_unit("ns")
    local = index.tz_convert(zone).tz_localize(None)
    expected = index.tz_localize(None).to_numpy().astype(np.int64)
    order = slice(None, None, -1 if backwards else 1)
    times = parse_times(pd.Series(local[order].strftime("%Y-%m-%d %H:%M")), "time", "t", zone=zone)
    assert np.array_equal(times.nanoseconds, expected[order])
    assert (times.timezone, times.unclear) == (zone, {})


def test_both_passes_of_an_autumn_night_are_told_apart_in_each_symbol() -> None:
    clock = ["2024-11-03 01:00", "2024-11-03 01:00", "2024-11-03 01:30", "2024-11-03 01:30"]
    walls, symbols = [*clock, *clock, "2024-11-03 02:00", "2024-11-03 02:00"], np.array([0, 1] * 5)
    times = parse_times(pd.Series(walls), "time", "t", zone="America/New_York", symbol=symbols)
    for symbol in (0, 1):
        assert times.nanoseconds[symbols == symbol].tolist() == moments(
            "2024-11-03T05", "2024-11-03T05:30", "2024-11-03T06", "2024-11-03T06:30", "2024-11-03T07"
        )


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        (["2024-11-03 00:30", "2024-11-03 01:30", "2024-11-03 02:30"], "shows this time twice"),
        (["2024-11-03 01:30", "2024-11-01 01:00", "2024-11-02 01:00", "2024-11-01 02:00"], "shows this time twice"),
        (["2024-03-10 01:30", "2024-03-10 02:30", "2024-03-10 03:30"], "is set forward over this time"),
    ],
)
def test_a_local_time_that_is_no_or_two_moments_is_named(values: list[object], rule: str) -> None:
    times = parsed(values, zone="America/New_York")
    (position,) = times.unclear
    assert times.nanoseconds[position] == NOT_A_TIME
    assert rule in times.unclear[position]


def test_a_day_that_begins_after_midnight_is_still_that_date() -> None:
    # Sao Paulo's clock was set from 00:00 to 01:00 on 2018-11-04.
    times = parsed(["2018-11-03", "2018-11-04", "2018-11-05"], zone="America/Sao_Paulo")
    assert times.nanoseconds.tolist() == moments("2018-11-03T03", "2018-11-04T03", "2018-11-05T02")


@pytest.mark.parametrize(
    "values",
    [
        ["2024-03-28 00:00:00+01:00", "2024-04-02 00:00:00+02:00"],
        ["2024-03-28", "2024-04-02"],
        ["2024-03-28T00:00:00+0530", "2024-04-02T00:00:00+0530"],
        [1711584000, 1712016000],
        ["2024-03-28 00:00:00-05:00", "2024-04-02 00:00:00-11:00"],
    ],
)
def test_bars_of_midnight_keep_their_dates_on_any_calendar(values: list[object]) -> None:
    times = parsed(values, zone="America/New_York", calendar="America/New_York")
    assert times.nanoseconds.tolist() == moments("2024-03-28T04", "2024-04-02T04")
    assert times.timezone == "America/New_York"


def test_a_format_that_is_named_is_the_one_that_is_read() -> None:
    day_first = parsed(["01/02/2024 09:30", "02/02/2024 09:30"], date_format="%d/%m/%Y %H:%M")
    assert day_first.nanoseconds.tolist() == moments("2024-02-01T09:30", "2024-02-02T09:30")
    assert parsed([31012024, 1022024 * 10], date_format="%d%m%Y").nanoseconds.tolist()[0] == moments("2024-01-31")[0]
    aware = parsed(["02.01.2024 09:30 +0530"], date_format="%d.%m.%Y %H:%M %z")
    assert (aware.nanoseconds.tolist(), aware.timezone) == (moments("2024-01-02T04:00"), "Asia/Kolkata")
    assert parsed(["2024-01-02"], date_format="%d.%m.%Y").nanoseconds.tolist() == [NOT_A_TIME]


def test_a_format_of_digits_alone_has_all_of_them() -> None:
    # As numbers they have lost a zero: 1012024 is the 1st of January, and not the 10th.
    assert parsed([1012024, 2012024], date_format="%d%m%Y").nanoseconds.tolist() == moments("2024-01-01", "2024-01-02")
    assert parsed(["1012024", "01012024"], date_format="%d%m%Y").nanoseconds.tolist() == [
        NOT_A_TIME,
        *moments("2024-01-01"),
    ]


def test_an_epoch_of_zero_far_from_the_others_is_no_time() -> None:
    assert parsed([1704205800, 0, 1704205920]).nanoseconds[1] == NOT_A_TIME
    days = [86_400 * day for day in range(2000)]
    assert parsed(days).nanoseconds.tolist() == [10**9 * day for day in days]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["01/02/2024", "01/03/2024"], "'01/02/2024' may be day or month first"),
        (
            ["2024-01-02T09:30:00Z", "2024-01-02T09:31:00"],
            "a zone on some rows and none on others, such as '2024-01-02T0",
        ),
        ([0, 1, 2], "row numbers or small integers"),
        ([9_999_999_999_999, 9_999_999_999_999], "holds 9999999999999, which is no time"),
        ([31012024, 15012024], "small integers .* name what they are with date_format, such as %d%m%Y"),
        ([310120240930, 310120240931], "a date with the year last or an epoch"),
        (["2024-01-02 09:30 CST", "2024-01-02 09:31 CST"], "the zone CST, which is several; .* timezone"),
        (["2024-01-02 09:30 US/Eastern", "2024-01-02 09:31 US/Pacific"], "names the zones US/Eastern, US/Pacific"),
        (["2024-01-02 09:30 US/Eastern", "2024-01-02 09:31"], "a zone on some rows and none on others"),
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
