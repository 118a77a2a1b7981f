"""The bars that the reference runs on: plain lists, one item per bar."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import pandas as pd

NANOSECONDS_PER_YEAR = 365.25 * 24 * 3600 * 1e9
HOUR = 3600 * 10**9
DAY = 24 * HOUR
COLUMNS = ("time", "session", "open", "high", "low", "close", "volume")


@dataclass(frozen=True)
class Bars:
    """Columns of one symbol; `time` in UTC nanoseconds, `session` the count of trading days up to the bar.

    `history` has the bars before bar 0, whose sessions are counted from that of bar 0 too: those of days before it are
    negative.
    """

    time: list[int]
    session: list[int]
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    volume: list[float]
    history: Bars | None = None
    own: Mapping[str, list[float]] = field(default_factory=dict)  # columns besides, an item per bar

    def __len__(self) -> int:
        return len(self.time)

    @property
    def n_history(self) -> int:
        """How many bars come before bar 0."""
        return len(self.history) if self.history else 0

    @cached_property
    def with_history(self) -> Bars:
        """What indicators take: the bars of the history, then these."""
        if self.history is None:
            return self
        return Bars(**{name: getattr(self.history, name) + getattr(self, name) for name in COLUMNS})

    def evaluated_from(self, first: int, history: str | int = "all") -> Bars:
        """The bars from place `first` on, whose history are all, none or so many of the bars before (section 1)."""
        return self.split(oldest_of(first, history), first, self.session[first])

    def split(self, oldest: int, first: int, session: int) -> Bars:
        """The bars from place `first` on, with those from `oldest` on as history; this session becomes the first."""
        own = replace(self, session=[number - session for number in self.session])
        return replace(own._between(first, len(self)), history=own._between(oldest, first) if oldest < first else None)

    def _between(self, first: int, last: int) -> Bars:
        own = {name: values[first:last] for name, values in self.own.items()}
        return Bars(**{name: getattr(self, name)[first:last] for name in COLUMNS}, own=own)

    @property
    def per_year(self) -> float:
        """Bars per year (section 1), sessions being days of UTC."""
        return bars_per_year(self.time, self.session)


def oldest_of(first: int, history: str | int) -> int:
    """Place of the first bar of the history of the bar at place `first`."""
    return {"all": 0, "none": first}[history] if isinstance(history, str) else max(0, first - history)


def bars_per_year(time: Sequence[int], session: Sequence[int], zone: str = "UTC") -> float:
    """Bars per year of the bars at these times, by the first of the three rules of section 1 that applies."""
    n, span = len(time), time[-1] - time[0]
    steps = [later - earlier for earlier, later in pairwise(time)]
    timeframe = math.gcd(*steps)
    local = [datetime.fromtimestamp(moment // 10**9, UTC).astimezone(ZoneInfo(zone)) for moment in time]
    dates = sorted({moment.date() for moment in local})
    weeks = (monday(dates[-1]) - monday(dates[0])).days // 7 + 1
    with_session = len({monday(day) for day in dates})
    if timeframe > DAY or (span >= 365 * DAY and 10 * with_session >= 9 * weeks):
        return (n - 1) * NANOSECONDS_PER_YEAR / span
    days = [dates[0] + timedelta(days=k) for k in range((dates[-1] - dates[0]).days + 1)]
    weekend = [[day for day in days if day.weekday() == weekday] for weekday in (5, 6)]
    has_weekend = any(weekend)
    rests = has_weekend and any(2 * len(set(kind) & set(dates)) < len(kind) for kind in weekend)
    if timeframe < DAY and _around_the_clock(local, timeframe):
        year = NANOSECONDS_PER_YEAR * 5 / 7 if rests else NANOSECONDS_PER_YEAR
        breaks = sum(step - timeframe for step in steps if step > DAY)
        return (n - 1) * year / (span - breaks)
    counts = [session.count(number) for number in dict.fromkeys(session)]
    per_session = max(counts) if len(counts) <= 2 else sum(counts[1:-1]) / (len(counts) - 2)
    return (365.25 if has_weekend and not rests else 252) * per_session


def bars_per_year_by_calendar(time: Sequence[int], calendar: Mapping[date, int], zone: str, *, daily: bool) -> float:
    """Bars per year by rule 0 of section 1; `calendar` has the open time of each session, for whole years."""
    local = [datetime.fromtimestamp(moment // 10**9, UTC).astimezone(ZoneInfo(zone)).date() for moment in time]
    dates = sorted(set(local))
    weight = {day: 1 if daily else length for day, length in calendar.items()}
    years = range(dates[0].year, dates[-1].year + 1)
    a_year = Fraction(sum(length for day, length in weight.items() if day.year in years), len(years))
    used = dates if daily or len(dates) < 3 else dates[1:-1]
    n_weeks = (monday(used[-1]) - monday(used[0])).days // 7 + 1
    whole = 10 * len({monday(day) for day in used}) >= 9 * n_weeks
    there = [day for day in weight if used[0] <= day <= used[-1] and (whole or day in used)]
    b, o = sum(local.count(day) for day in used), sum(weight[day] for day in there)
    if o == 0 or (not daily and len(dates) < 3):
        fullest = max((day for day in dates if day in weight), key=local.count)
        b, o = local.count(fullest), weight[fullest]
    return float(b * a_year / o)


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def _around_the_clock(local: Sequence[datetime], timeframe: int) -> bool:
    if timeframe <= HOUR:
        return len({moment.hour for moment in local}) >= 22
    seconds = timeframe // 10**9
    parts = {(moment.hour * 3600 + moment.minute * 60 + moment.second) // seconds for moment in local}
    return len(parts) * timeframe >= 22 * HOUR


def bars_from_frame(frame: pd.DataFrame) -> Bars:
    """Take a frame indexed by UTC time; a new session begins with every UTC day that has bars."""
    days = [moment.date() for moment in frame.index]
    session, sessions = -1, []
    for place, day in enumerate(days):
        session += place == 0 or day != days[place - 1]
        sessions.append(session)
    names = ("open", "high", "low", "close", "volume")
    columns = {name: [float(value) for value in frame[name]] for name in names}
    own = {str(name): [float(value) for value in frame[name]] for name in frame.columns if name not in names}
    return Bars([moment.value for moment in frame.index], sessions, **columns, own=own)
