"""Sessions of the New York Stock Exchange in 2022 to 2024, written down from its announcements."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

ZONE = "America/New_York"
HOLIDAYS = {
    2022: "01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26",
    2023: "01-02 01-16 02-20 04-07 05-29 06-19 07-04 09-04 11-23 12-25",
    2024: "01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25",
}
EARLY = {2022: "11-25", 2023: "07-03 11-24", 2024: "07-03 11-29 12-24"}
MINUTE = 60_000_000_000


def _dates(table: dict[int, str]) -> set[date]:
    return {date.fromisoformat(f"{year}-{day}") for year, days in table.items() for day in days.split()}


EARLY_CLOSES = _dates(EARLY)


def sessions(first: str, last: str) -> list[date]:
    """Dates with a session, both ends included."""
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    days = [begin + timedelta(days=k) for k in range((end - begin).days + 1)]
    return [day for day in days if day.weekday() < 5 and day not in _dates(HOLIDAYS)]


def minutes_open(day: date) -> int:
    """Minutes from 9:30 to 16:00, or to 13:00."""
    return 210 if day in EARLY_CLOSES else 390


def open_times() -> dict[date, int]:
    """Open time of every session, in nanoseconds."""
    return {day: minutes_open(day) * MINUTE for day in sessions("2022-01-01", "2024-12-31")}


def intraday(first: str, last: str, step: int = 1) -> pd.DatetimeIndex:
    """Bars of some minutes in every session."""
    moments = []
    for day in sessions(first, last):
        opening = datetime(day.year, day.month, day.day, 9, 30, tzinfo=ZoneInfo(ZONE))
        moments += [opening + timedelta(minutes=minute) for minute in range(0, minutes_open(day), step)]
    return pd.DatetimeIndex(moments)


def daily(first: str, last: str) -> pd.DatetimeIndex:
    """A bar on every date with a session."""
    return pd.DatetimeIndex(sessions(first, last)).tz_localize(ZONE)


def frame(index: pd.DatetimeIndex) -> pd.DataFrame:
    """Bars at these times, whose prices do not matter."""
    close = 10.0 + np.arange(len(index)) % 7
    return pd.DataFrame({"open": close, "high": close, "low": close, "close": close, "volume": 1.0}, index)
