"""Gaps: holes in the time axis that the market's own timetable does not explain.

A break between two neighbouring bars is longer than one and a half bars. It belongs to the timetable, and is
not reported, when

- it is a recurring pause of the day: it runs between the same two local times of day on at least five days
  and on at least a tenth of all days (lunch, maintenance);
- it is the night: the bars are on two neighbouring trading days, and most changes from one trading day to the
  next have a break of more than an hour (so a market that trades around the clock has no nights).

A trading day is a weekday that has bars at least half as often as the busiest weekday: Saturday and Sunday
are none for shares, all seven are for crypto currencies. Everything else is reported: a hole inside a
session, and trading days without any bar. Holidays are among these, about nine a year for shares, because
only a calendar of the exchange tells them from lost days. Bars of a week or longer have no timetable: every
break is reported.

With a calendar its sessions are the timetable: a break has as many bars missing as would open while the market
was, and holidays and early closes are none. Recurring pauses that it does not know of are none either.

Thin data has as many holes as bars: all are counted, and the longest are kept.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.by_calendar import missing_by
from admf_jit.data.calendars import TradingCalendar
from admf_jit.data.sessions import NS_PER_DAY, local_day, pieces, session_numbers, utc_offset
from admf_jit.data.timeframe import bar_step, duration

_LEAST_REPEATS = 5
_LEAST_SHARE = 0.1
_HOUR = NS_PER_DAY // 24
#: Holes that are kept by themselves.
MOST_GAPS = 100


@dataclass(frozen=True)
class Gap:
    """A reported hole: the times of the bars on both sides of it (ns since the epoch, UTC) and the bars
    between.

    `missing` counts bars of the timeframe; over whole days without bars it is those days times the median
    bars a day.
    """

    start: int
    end: int
    missing: int


@dataclass(frozen=True)
class Gaps:
    """The holes of a time axis: how many, the bars missing in all of them, and the longest, in the order of time."""

    count: int
    missing: int
    longest: tuple[Gap, ...]


def find_gaps(
    time: NDArray[np.int64],
    timezone: str,
    timeframe: str | None = None,
    session: NDArray[np.int64] | None = None,
    calendar: TradingCalendar | None = None,
) -> Gaps:
    """Return the holes of a rising time axis (n_bars,), in order; see the module's text for the rule.

    `timeframe` and `session` (n_bars,) are found out where they are not known already. The timetable is that of a
    `calendar`, where one is given and bars are not longer than a day.
    """
    if len(time) < 3:
        return Gaps(0, 0, ())
    step = (duration(timeframe) if timeframe else None) or bar_step(time)
    before = np.concatenate(
        [piece.start + np.flatnonzero(np.diff(time[piece.start : piece.stop + 1]) > step + step // 2)
         for piece in pieces(len(time))]
    ).astype(np.int64)  # fmt: skip
    if not len(before):
        return Gaps(0, 0, ())
    if step >= 6 * NS_PER_DAY:
        missing = np.rint((time[before + 1] - time[before]) / step).astype(np.int64) - 1
    else:
        session = session_numbers(time, timezone) if session is None else session
        if calendar is not None and step <= NS_PER_DAY:
            recurs = _recurring(time, timezone, before, int(session[-1] - session[0]) + 1)
            missing = missing_by(calendar, time, step, before, recurs)
        else:
            missing = _missing_bars(time, timezone, step, before, session)
    before, missing = before[missing > 0], missing[missing > 0]
    longest = np.sort(np.argsort(-missing, kind="stable")[:MOST_GAPS])
    kept = (Gap(int(time[b]), int(time[b + 1]), int(n)) for b, n in zip(before[longest], missing[longest], strict=True))
    return Gaps(len(before), int(missing.sum()), tuple(kept))


def _missing_bars(
    time: NDArray[np.int64], timezone: str, step: int, before: NDArray[np.int64], session: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the bars missing after each bar of `before`; 0 where the timetable explains the break."""
    opening = np.flatnonzero(np.diff(session, prepend=session[0] - 1))
    days = local_day(time[opening], timezone)
    bars_a_day = int(np.median(np.diff(opening, append=len(time))))
    trading = _trading_weekdays(days)
    first, last = days[session[before] - session[0]], days[session[before + 1] - session[0]]
    lost_days = _trading_days_before(last, trading) - _trading_days_before(first + 1, trading)
    explained = _recurring(time, timezone, before, len(days)) & (time[before + 1] - time[before] < NS_PER_DAY)
    explained |= last - first > 1
    explained |= (last > first) & _closes_at_night(time, days, opening, step)
    inside = np.maximum(np.rint((time[before + 1] - time[before]) / step).astype(np.int64) - 1, 1)
    return np.where((lost_days > 0) & (last > first), lost_days * bars_a_day, np.where(explained, 0, inside))


def _trading_weekdays(days: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell of each weekday, from Monday on, whether the market trades; day 0, 1970-01-01, was a Thursday."""
    counts = np.bincount((days + 3) % 7, minlength=7)
    return np.asarray(counts * 2 >= np.max(counts), np.bool_)


def _trading_days_before(day: NDArray[np.int64], trading: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return a number of trading days before each `day`, from a Monday that is the same for all."""
    weeks, weekday = np.divmod(day + 3, 7)
    in_a_week = np.concatenate([[0], np.cumsum(trading)]).astype(np.int64)
    return np.asarray(weeks * in_a_week[-1] + in_a_week[weekday])


def _closes_at_night(time: NDArray[np.int64], days: NDArray[np.int64], opening: NDArray[np.int64], step: int) -> bool:
    following = opening[1:][np.diff(days) == 1]
    breaks = np.count_nonzero(time[following] - time[following - 1] > max(step + step // 2, _HOUR))
    return bool(breaks * 2 > len(following))


def _recurring(time: NDArray[np.int64], timezone: str, before: NDArray[np.int64], n_days: int) -> NDArray[np.bool_]:
    """Tell for each break whether one between the same local times recurs often enough to be a pause."""
    ends = [(time[bars] + utc_offset(time[bars], timezone)) % NS_PER_DAY for bars in (before, before + 1)]
    codes = [np.unique(end, return_inverse=True)[1].astype(np.int64) for end in ends]
    _, kind, repeats = np.unique(codes[0] * len(time) + codes[1], return_inverse=True, return_counts=True)
    often = repeats[kind]
    return np.asarray((often >= _LEAST_REPEATS) & (often >= _LEAST_SHARE * n_days), np.bool_)
