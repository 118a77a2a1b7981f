"""Gaps: holes in the time axis that the market's own timetable does not explain.

A break between two neighbouring bars is longer than one and a half bars. It belongs to the timetable, and is
not reported, when

- it is a recurring pause of the day: it runs between the same two local times of day on at least five days
  and on at least a tenth of all days (lunch, maintenance);
- it is the night: the bars are on two neighbouring trading days, and most changes from one trading day to the
  next have a break (so a market that trades around the clock has no nights).

A trading day is a weekday that has bars at least half as often as the busiest weekday: Saturday and Sunday
are none for shares, all seven are for crypto currencies. Everything else is reported: a hole inside a
session, and trading days without any bar. Holidays are among these, about nine a year for shares, because
only an exchange calendar could tell them from lost days. Bars of a week or longer have no timetable: every
break is reported.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.sessions import NS_PER_DAY, local_day, utc_offset
from admf_jit.data.timeframe import median_step

_LEAST_REPEATS = 5
_LEAST_SHARE = 0.1


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


def find_gaps(time: NDArray[np.int64], timezone: str) -> tuple[Gap, ...]:
    """Return the holes of a rising time axis (n_bars,), in order; see the module's text for the rule."""
    if len(time) < 3:
        return ()
    step = median_step(time)
    before: NDArray[np.int64] = np.flatnonzero(np.diff(time) > step + step // 2).astype(np.int64)
    if step >= 6 * NS_PER_DAY:
        counts = [round(int(time[b + 1] - time[b]) / step) - 1 for b in before]
    else:
        counts = _missing_bars(time, timezone, step, before)
    return tuple(Gap(int(time[b]), int(time[b + 1]), count) for b, count in zip(before, counts, strict=True) if count)


def _missing_bars(time: NDArray[np.int64], timezone: str, step: int, before: NDArray[np.int64]) -> list[int]:
    """Return the bars missing after each bar of `before`; 0 where the timetable explains the break."""
    day = local_day(time, timezone)
    days, bars_of_day = np.unique(day, return_counts=True)
    bars_a_day = int(np.median(bars_of_day))
    trading = _trading_weekdays(days)
    closes_at_night = _closes_at_night(time, day, step)
    recurring = _recurring(time, timezone, before, len(days))
    counts = []
    for b, pause in zip(before, recurring, strict=True):
        first, last = int(day[b]), int(day[b + 1])
        lost_days = sum(bool(trading[_weekday(d)]) for d in range(first + 1, last))
        crosses_weekend = last - first > 1 and not lost_days
        if lost_days:
            counts.append(lost_days * bars_a_day)
        elif pause or crosses_weekend or (last > first and closes_at_night):
            counts.append(0)
        else:
            counts.append(max(round(int(time[b + 1] - time[b]) / step) - 1, 1))
    return counts


def _weekday(day: int) -> int:
    """Monday is 0; day 0, 1970-01-01, was a Thursday."""
    return (day + 3) % 7


def _trading_weekdays(days: NDArray[np.int64]) -> NDArray[np.bool_]:
    counts = np.bincount((days + 3) % 7, minlength=7)
    return np.asarray(counts * 2 >= np.max(counts), np.bool_)


def _closes_at_night(time: NDArray[np.int64], day: NDArray[np.int64], step: int) -> bool:
    changes = np.flatnonzero(np.diff(day) == 1)
    breaks = np.count_nonzero(time[changes + 1] - time[changes] > step + step // 2)
    return bool(breaks * 2 > len(changes))


def _recurring(time: NDArray[np.int64], timezone: str, before: NDArray[np.int64], n_days: int) -> NDArray[np.bool_]:
    """Tell for each break whether one between the same local times recurs often enough to be a pause."""
    clock = (time + utc_offset(time, timezone)) % NS_PER_DAY
    pairs = np.stack([clock[before], clock[before + 1]], axis=1)
    if not len(pairs):
        return np.zeros(0, np.bool_)
    within_a_day = time[before + 1] - time[before] < NS_PER_DAY
    _, kind, repeats = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    often = repeats[kind.reshape(-1)]
    return np.asarray(within_a_day & (often >= _LEAST_REPEATS) & (often >= _LEAST_SHARE * n_days), np.bool_)
