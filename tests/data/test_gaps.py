import numpy as np
import pandas as pd

from admf_jit.data.gaps import MOST_GAPS, Gap, Gaps, find_gaps


def times(index: pd.DatetimeIndex) -> np.ndarray:
    return index.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[ns]").astype(np.int64)


def sessions(days: int = 30) -> pd.DatetimeIndex:
    opening = pd.bdate_range("2024-03-01", periods=days) + pd.Timedelta("9h30min")
    minutes = pd.to_timedelta(np.arange(0, 390, 5), unit="min")
    return pd.DatetimeIndex((opening.to_numpy()[:, None] + minutes.to_numpy()).reshape(-1)).tz_localize(
        "America/New_York"
    )


def test_nights_and_weekends_of_session_data_are_no_gaps() -> None:
    assert find_gaps(times(sessions()), "America/New_York") == Gaps(0, 0, ())
    assert find_gaps(times(sessions()), "UTC") == Gaps(0, 0, ())


def test_a_hole_inside_a_session_is_a_gap() -> None:
    time = times(sessions())
    assert find_gaps(np.delete(time, slice(100, 103)), "UTC") == Gaps(1, 3, (Gap(int(time[99]), int(time[103]), 3),))


def test_a_lost_day_is_a_gap_of_its_bars() -> None:
    time = times(sessions())
    without = np.delete(time, slice(78 * 5, 78 * 6))
    assert find_gaps(without, "America/New_York") == Gaps(1, 78, (Gap(int(time[78 * 5 - 1]), int(time[78 * 6]), 78),))


def test_a_pause_that_recurs_every_day_is_no_gap() -> None:
    index = sessions()
    lunch = (index.hour == 12) & (index.minute >= 10)
    assert find_gaps(times(index[~lunch]), "America/New_York") == Gaps(0, 0, ())


def test_a_market_around_the_clock_has_no_nights() -> None:
    time = times(pd.date_range("2024-01-01", periods=24 * 20, freq="1h", tz="UTC"))
    assert find_gaps(time, "UTC") == Gaps(0, 0, ())
    midnight = 24 * 7
    assert [gap.missing for gap in find_gaps(np.delete(time, [midnight - 1, midnight]), "UTC").longest] == [2]


def test_five_days_around_the_clock_close_only_at_weekends() -> None:
    index = pd.date_range("2024-01-01", periods=24 * 70, freq="1h", tz="UTC")
    hours = index.day_of_week * 24 + index.hour
    time = times(index[(hours < 4 * 24 + 21) | (hours >= 6 * 24 + 22)])
    assert find_gaps(time, "UTC") == Gaps(0, 0, ())


def test_daily_bars() -> None:
    time = times(pd.bdate_range("2024-01-01", periods=60, tz="UTC"))
    assert find_gaps(time, "UTC") == Gaps(0, 0, ())
    assert find_gaps(np.delete(time, [7, 8]), "UTC") == Gaps(1, 2, (Gap(int(time[6]), int(time[9]), 2),))
    every_day = times(pd.date_range("2024-01-01", periods=60, freq="1D", tz="UTC"))
    assert [gap.missing for gap in find_gaps(np.delete(every_day, [6]), "UTC").longest] == [1]


def test_monthly_bars() -> None:
    time = times(pd.date_range("2020-01-01", periods=24, freq="MS", tz="UTC"))
    assert find_gaps(time, "UTC") == Gaps(0, 0, ())
    assert [gap.missing for gap in find_gaps(np.delete(time, [5, 6]), "UTC").longest] == [2]


def test_too_short_to_tell() -> None:
    assert find_gaps(np.array([0, 10**18]), "UTC") == Gaps(0, 0, ())


def test_thin_data_is_summed_up_and_its_longest_holes_are_kept() -> None:
    chance = np.random.default_rng(3)
    minutes = np.cumsum(chance.integers(1, 9, 5000)) * 60 * 10**9
    steps = np.diff(minutes) // (60 * 10**9)
    gaps = find_gaps(minutes, "UTC", "1m")
    assert (gaps.count, gaps.missing) == (int((steps > 1).sum()), int((steps - 1).sum()))
    assert len(gaps.longest) == MOST_GAPS
    assert [gap.missing for gap in gaps.longest] == [7] * MOST_GAPS
