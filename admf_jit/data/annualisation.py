"""Annualisation: how many bars of the data make a year, and what that was taken from.

- Bars longer than a day, and bars that span at least 365 days with some in at least nine of ten weeks: their own pace.
- A market around the clock (bars in at least 22 of the 24 hours of the day): the pace of the time that it was open, in
  365.25 days a year, or in five sevenths of them where it rests at weekends.
- Else sessions times bars per session: 252 sessions a year, or 365.25 where there are sessions at weekends too.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.sessions import NS_PER_DAY, local_day
from admf_jit.data.timeframe import duration

DAYS_A_YEAR = 365.25
SESSIONS_A_YEAR = 252.0
_LEAST_SPAN = 365 * NS_PER_DAY
_LEAST_WEEKS = 0.9
_HOUR = NS_PER_DAY // 24
_HOURS_OF_A_DAY = 22


class Annualisation(NamedTuple):
    """Bars in a year, and in words how they were counted."""

    bars_per_year: float
    basis: str

    def __str__(self) -> str:
        return f"a year is {self.bars_per_year:.10g} bars: {self.basis}"


def annualise(
    time: NDArray[np.int64], session: NDArray[np.int64], clock: NDArray[np.int64], timeframe: str, timezone: str
) -> Annualisation:
    """Return the bars per year of two or more bars (n_bars,); see the module's text for the rule."""
    span = int(time[-1] - time[0])
    length = duration(timeframe)
    opening = np.flatnonzero(np.diff(session, prepend=session[0] - 1))
    day = local_day(time[opening], timezone)
    if length is None or length > NS_PER_DAY or (span >= _LEAST_SPAN and is_dense(day)):
        pace = (len(time) - 1) * (DAYS_A_YEAR * NS_PER_DAY) / float(span)
        return Annualisation(pace, f"the pace of {span / NS_PER_DAY / DAYS_A_YEAR:.1f} years of bars")
    at_weekends = _trades_at_weekends(day)
    if length < NS_PER_DAY and _is_around_the_clock(clock, length):
        return _around_the_clock(time, length, at_weekends is not False)
    counts = np.diff(opening, append=len(time))
    bars = float(counts[1:-1].mean()) if len(counts) >= 3 else float(counts.max())
    sessions = DAYS_A_YEAR if at_weekends else SESSIONS_A_YEAR
    return Annualisation(sessions * bars, f"{sessions:g} sessions of {bars:.6g} bar{'' if bars == 1 else 's'}")


def is_dense(day: NDArray[np.int64]) -> bool:
    """Tell whether most weeks between the first and the last session have one."""
    week = (day + 3) // 7  # day 0, 1970-01-01, was a Thursday: weeks begin on Monday
    return bool(len(np.unique(week)) >= _LEAST_WEEKS * int(week[-1] - week[0] + 1))


def _trades_at_weekends(day: NDArray[np.int64]) -> bool | None:
    """Tell whether at least half of the Saturdays and of the Sundays between them are sessions; None without any."""
    between = np.arange(day[0], day[-1] + 1)
    weekends = [between[(between + 3) % 7 == weekday] for weekday in (5, 6)]
    shares = [np.isin(days, day).mean() for days in weekends if len(days)]
    return bool(min(shares) >= 0.5) if shares else None


def _is_around_the_clock(clock: NDArray[np.int64], length: int) -> bool:
    cell = max(length, _HOUR)
    return len(np.unique(clock // cell)) * cell >= _HOURS_OF_A_DAY * _HOUR


def _around_the_clock(time: NDArray[np.int64], length: int, at_weekends: bool) -> Annualisation:
    """Count the bars of the time without breaks of more than a day: weekends, and what was lost."""
    step = np.diff(time)
    long = step[step > NS_PER_DAY]
    open_time = int(time[-1] - time[0]) - int((long - length).sum())
    year = DAYS_A_YEAR * NS_PER_DAY * (1 if at_weekends else 5) / (1 if at_weekends else 7)
    bars = (len(time) - 1) * year / float(open_time)
    return Annualisation(bars, f"around the clock, {7 if at_weekends else 5} days a week")
