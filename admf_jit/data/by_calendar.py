"""What a calendar says of bars: how many make a year, which of them are missing, and which lie outside of its sessions.

``docs/trading-model.md`` section 1 has the rule of the year, ``docs/data.md`` the others.
"""

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.annualisation import Annualisation, is_dense
from admf_jit.data.calendars import TradingCalendar, years_of
from admf_jit.data.sessions import NS_PER_DAY, local_day
from admf_jit.data.timeframe import duration
from admf_jit.errors import DataError

#: How a note begins that a calendar leads to.
NOTE = "calendar "
_SHOWN_DATES = 3


def follows_calendar(timeframe: str) -> bool:
    """Tell whether bars are short enough for a calendar to say anything of them: a day at most."""
    length = duration(timeframe)
    return length is not None and length <= NS_PER_DAY


def annualise_by(
    calendar: TradingCalendar, time: NDArray[np.int64], session: NDArray[np.int64], timeframe: str
) -> Annualisation:
    """Return the bars per year of bars of a day or less (n_bars,): sessions a year, times bars to a session."""
    opening = np.flatnonzero(np.diff(session, prepend=session[0] - 1))
    bars = np.diff(opening, append=len(time))
    day = local_day(time[opening], calendar.timezone, calendar.begins)
    first, last = (int(year) for year in years_of(day[[0, -1]] * NS_PER_DAY))
    years = [year for year in calendar.years if first <= year <= last]
    if not years:
        raise DataError(f"calendar: {calendar.name} knows no year of the data in full; state bars_per_year")
    in_a_year = np.isin(years_of(calendar.day * NS_PER_DAY), years)
    is_daily = duration(timeframe) == NS_PER_DAY
    weights = np.ones(len(calendar.day), np.int64) if is_daily else calendar.open_times()
    part = slice(None) if is_daily or len(day) < 3 else slice(1, -1)
    n_bars, weight = _counted(calendar, day[part], bars[part], weights) if is_daily or len(day) >= 3 else (0, 0)
    if not weight:
        n_bars, weight = _fullest(calendar, day, bars, weights)
    sessions = int(np.count_nonzero(in_a_year)) / len(years)
    count = n_bars * int(weights[in_a_year].sum()) / (len(years) * weight)
    each = count / sessions
    return Annualisation(
        count, f"{sessions:g} sessions of {calendar.name} a year, of {each:.6g} bar{'' if each == 1 else 's'}"
    )


def _counted(
    calendar: TradingCalendar, day: NDArray[np.int64], bars: NDArray[np.int64], weights: NDArray[np.int64]
) -> tuple[int, int]:
    """Return how many bars some days have, and the weight of the calendar's sessions on them.

    Sessions without a bar count too, unless the data are in pieces.
    """
    between = (calendar.day >= day[0]) & (calendar.day <= day[-1])
    there = between if is_dense(day) else np.isin(calendar.day, day)
    return int(bars.sum()), int(weights[there].sum())


def _fullest(
    calendar: TradingCalendar, day: NDArray[np.int64], bars: NDArray[np.int64], weights: NDArray[np.int64]
) -> tuple[int, int]:
    """Return the bars of the session that has most of them, the first of several, and its weight."""
    known = np.flatnonzero(calendar.is_session(day))
    if not len(known):
        raise DataError(f"calendar: no bar lies on a date with a session of {calendar.name}; state bars_per_year")
    fullest = known[np.argmax(bars[known])]
    return int(bars[fullest]), int(weights[np.searchsorted(calendar.day, day[fullest])])


def missing_by(
    calendar: TradingCalendar, time: NDArray[np.int64], step: int, before: NDArray[np.int64], recurs: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return the bars missing after each bar of `before` (n,), of a length `step` of a day at most.

    They are those that would open while the market is; where `recurs` says that the data pause so again and again,
    those of whole sessions alone.
    """
    if step == NS_PER_DAY:
        first, last = (local_day(time[place], calendar.timezone, calendar.begins) for place in (before, before + 1))
        return calendar.sessions_before(last) - calendar.sessions_before(first + 1)
    end, following = time[before] + step, time[before + 1]
    lost = calendar.open_time(following) - calendar.open_time(end)
    until = np.concatenate([[0], np.cumsum(calendar.open_times())])
    first = np.searchsorted(calendar.starts[::2], end, "left")
    last = np.searchsorted(calendar.ends[1::2], following, "right")
    whole = np.where(last > first, until[np.maximum(last, first)] - until[first], 0)
    return np.asarray(-(-np.where(recurs, whole, lost) // step), np.int64)


def _inside(calendar: TradingCalendar, time: NDArray[np.int64], timeframe: str) -> NDArray[np.bool_]:
    """Tell which bars lie in a session: daily ones by their date, shorter ones where they reach into its open time."""
    length = duration(timeframe)
    if length is None or length >= NS_PER_DAY:
        return calendar.is_session(local_day(time, calendar.timezone, calendar.begins))
    return np.asarray(calendar.open_time(time + length) > calendar.open_time(time), np.bool_)


def refuse_foreign(calendar: TradingCalendar, time: NDArray[np.int64], timeframe: str, name: str) -> None:
    """Raise DataError where no bar of the data lies in a session: the calendar is that of another market."""
    if follows_calendar(timeframe) and not _inside(calendar, time, timeframe).any():
        raise DataError(
            f"calendar: no bar of {name} lies in a session of {calendar.name}; name the calendar of its market, or the "
            "zone of its times (zone_of_times)"
        )


def outside_note(calendar: TradingCalendar, time: NDArray[np.int64], timeframe: str) -> str | None:
    """Return a note on bars outside of the calendar's sessions, None without any."""
    if not follows_calendar(timeframe):
        return None
    day = local_day(time, calendar.timezone, calendar.begins)
    on_session = calendar.is_session(day)
    inside = _inside(calendar, time, timeframe)
    around = int(np.count_nonzero(on_session & ~inside))
    elsewhere = np.unique(day[~on_session & ~inside])
    n_elsewhere = int(np.count_nonzero(~on_session & ~inside))
    if not around and not n_elsewhere:
        return None
    told = []
    if around:
        told.append((around, "before the open, in a break or after the close"))
    if n_elsewhere:
        dates = ", ".join(elsewhere[:_SHOWN_DATES].astype("datetime64[D]").astype(str))
        more = f" and {len(elsewhere) - _SHOWN_DATES:,} more" if len(elsewhere) > _SHOWN_DATES else ""
        told.append((n_elsewhere, f"on dates without a session ({dates}{more})"))
    lie = f"of {len(time):,} bars lie"
    if len(told) == 1:
        return f"{NOTE}{calendar.name}: {told[0][0]:,} {lie} {told[0][1]}"
    parts = "; ".join(f"{count:,} {where}" for count, where in told)
    return f"{NOTE}{calendar.name}: {around + n_elsewhere:,} {lie} outside of its sessions: {parts}"
