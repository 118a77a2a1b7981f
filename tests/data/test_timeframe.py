import numpy as np
import pandas as pd
import pytest

from admf_jit.data.timeframe import common_timeframe, duration, infer, normalise, stated
from admf_jit.errors import DataError


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [("1min", "1m"), ("5min", "5m"), ("60min", "1h"), ("4h", "4h"), ("1D", "1d"), ("B", "1d"), ("7D", "1w"),
     ("MS", "1mo"), ("QS", "3mo"), ("YS", "12mo"), ("30s", "30s"), ("250ms", "250ms")],
)  # fmt: skip
def test_the_step_is_named(frequency: str, expected: str) -> None:
    index = pd.date_range("2024-01-01", periods=40, freq=frequency)
    assert infer(index.to_numpy().astype("datetime64[ns]").astype(np.int64)) == expected


def nanoseconds(index: pd.DatetimeIndex) -> np.ndarray:
    return index.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[ns]").astype(np.int64)


@pytest.mark.parametrize("share", [0.6, 0.3, 0.1, 0.02])
@pytest.mark.parametrize(("frequency", "expected"), [("1min", "1m"), ("5min", "5m"), ("1h", "1h"), ("1D", "1d")])
def test_bars_that_are_missing_do_not_make_the_others_longer(frequency: str, expected: str, share: float) -> None:
    index = pd.date_range("2024-01-01", periods=3000, freq=frequency, tz="UTC")
    assert infer(nanoseconds(index[np.random.default_rng(5).random(3000) < share])) == expected


@pytest.mark.parametrize(("frequency", "expected"), [("MS", "1mo"), ("BME", "1mo"), ("QS", "3mo"), ("1D", "1d")])
@pytest.mark.parametrize("timezone", ["America/New_York", "Europe/Berlin", "Asia/Kolkata"])
def test_days_and_months_of_local_midnight_are_whole(frequency: str, expected: str, timezone: str) -> None:
    assert infer(nanoseconds(pd.date_range("2023-01-01", periods=30, freq=frequency, tz=timezone))) == expected


@pytest.mark.parametrize(
    ("opens", "expected"),
    [
        (("9h30min", "10h", "11h", "12h", "13h", "14h", "15h"), "1h"),
        (("9h30min", "13h30min"), "4h"),
        (("9h", "13h", "17h"), "4h"),
    ],
)
def test_a_short_first_bar_does_not_make_the_others_shorter(opens: tuple[str, ...], expected: str) -> None:
    days = pd.bdate_range("2024-01-01", periods=20, tz="UTC")
    assert (
        infer(nanoseconds(pd.DatetimeIndex([day + pd.Timedelta(text) for day in days for text in opens]))) == expected
    )


def test_weeks_that_begin_after_a_holiday_are_weeks() -> None:
    mondays = pd.date_range("2024-01-01", periods=30, freq="7D", tz="UTC")
    moved = pd.DatetimeIndex([day + pd.Timedelta(int(place % 6 == 2), "D") for place, day in enumerate(mondays)])
    assert infer(nanoseconds(moved)) == "1w"


def test_a_few_thin_minutes_are_minutes() -> None:
    minutes = np.cumsum([0, 2, 1, 2, 2, 2, 2, 2, 2, 2, 4]) * 60 * 10**9
    assert infer(minutes) == "1m"


def test_a_clock_that_changes_and_a_bar_out_of_step_are_passed_over() -> None:
    index = pd.date_range("2024-01-01", periods=1000, freq="4h", tz="UTC")
    moved = index.where(index < pd.Timestamp("2024-03-10", tz="UTC"), index - pd.Timedelta("1h"))
    assert infer(nanoseconds(pd.DatetimeIndex(moved))) == "4h"
    minutes = pd.date_range("2024-01-01", periods=1000, freq="1min", tz="UTC")
    assert infer(nanoseconds(minutes.insert(500, minutes[499] + pd.Timedelta("30s")))) == "1m"


def test_thin_bars_are_what_a_person_says_and_regular_ones_are_not() -> None:
    minutes = np.array([0, 2, 4, 8, 10, 16]) * 60 * 10**9
    assert infer(minutes) == "2m"
    assert stated("1min", "2m", minutes, "thin") == "1m"
    for asked in ("5m", "3m", "1mo", "4m"):
        with pytest.raises(DataError, match=f"timeframe: {asked!r} was asked for, but thin has 2m bars"):
            stated(asked, "2m", minutes, "thin")
    regular = np.arange(10) * 300 * 10**9
    with pytest.raises(DataError, match="'1m' was asked for, but regular has 5m bars"):
        stated("1m", "5m", regular, "regular")


def test_a_market_with_thin_symbols_has_the_step_common_to_all() -> None:
    minute = 60 * 10**9
    liquid, thin = np.arange(500) * minute, np.array([3, 57, 170, 299, 479]) * minute
    assert common_timeframe(["A", "B"], [liquid, thin], "t") == "1m"
    assert common_timeframe(["A", "B"], [liquid[::2], liquid[1::2]], "t") == "2m"
    hours = np.arange(20) * 60 * minute
    with pytest.raises(DataError, match="'A' has 1m bars, but no two bars of 'B' are closer than 1h"):
        common_timeframe(["A", "B"], [liquid, hours], "t")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1m", "1m"),
        ("1min", "1m"),
        ("60m", "1h"),
        ("D", "1d"),
        ("daily", "1d"),
        ("24h", "1d"),
        ("1M", "1mo"),
        ("W", "1w"),
    ],
)
def test_one_spelling_for_each(text: str, expected: str) -> None:
    assert normalise(text) == expected


@pytest.mark.parametrize("text", ["", "x", "0m", "5", "m5", "1 fortnight"])
def test_what_is_no_timeframe_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="timeframe: .* is not a bar length"):
        normalise(text)


@pytest.mark.parametrize("timeframe", ["250ms", "90s", "7m", "4h", "1d", "2w"])
def test_a_duration_is_that_of_the_spelling(timeframe: str) -> None:
    units = {"w": "W", "d": "D", "m": "min"}
    count, unit = timeframe.rstrip("mshdw"), timeframe.lstrip("0123456789")
    length = duration(timeframe)
    assert length == int(count) * pd.Timedelta(1, units.get(unit, unit)).value  # type: ignore[arg-type]


def test_months_have_no_duration() -> None:
    assert duration("3mo") is None
