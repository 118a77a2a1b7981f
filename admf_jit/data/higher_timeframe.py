"""Higher timeframes inside one run: which longer bar each bar belongs to, and when that one may be looked at.

A period is a stretch of the calendar of the data's zone: `Nm` and `Nh` count from local midnight (the last one
of a day ends with the day), `1d` is the session, `1w` begins on Monday. A bar belongs to the period in which it
opens. Bars are known at their close, so that at the close of bar t

- the period of bar t is complete if the end of bar t, its opening plus the data's timeframe, lies in another
  period: it closes its period itself, as the bar of 10:59 does for the hour;
- the period before it is complete in any case: a bar of a later one has come.

Nothing else completes a period. After a gap, or at the end of a session that does not run to midnight, a
higher bar is therefore complete only with the first bar that comes after its period: that no more bars would
come was not known before. The rule reads bars up to t and the zone's calendar alone, so that cutting the data
after t changes nothing up to t. A bar that comes after its period was closed (the bars of a thin market can
be shorter than their median step) begins a higher bar of its own: what has been seen as complete never changes.

On a day on which the clock changes, periods follow the clock: a session has 23 or 25 hours, and a period of more
than an hour is shorter or longer by what the clock moves. Of an hour that comes twice, periods of an hour or less
come twice too. Bars of a day or more are taken to end a whole number of days later on the clock.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.market_data import MarketData
from admf_jit.data.sessions import NS_PER_DAY, before_midnight, local_day, utc_offset
from admf_jit.data.timeframe import duration, normalise
from admf_jit.errors import DataError

_HOUR = NS_PER_DAY // 24
_WEEK = 7 * NS_PER_DAY


class HigherBars(NamedTuple):
    """Both (n_bars,), and neither ever falls."""

    group: NDArray[np.int64]  #: number of the higher bar that the bar belongs to, from 0; no number is left out
    completed: NDArray[np.int64]  #: number of the newest higher bar that is complete at the bar's close; -1: none yet


def completed_bars(data: MarketData, timeframe: str) -> HigherBars:
    """Number the bars of `timeframe` that the bars of `data` make up, and tell when each is complete.

    Bar t is the last of its higher bar, known at its own close, where `completed[t] == group[t]`; everywhere else
    `completed[t] == group[t] - 1`. On a merged axis the bars of all symbols count: a period is over for a symbol
    when any symbol shows it. A timeframe other than Nm, Nh (below a day), 1d, 1w and the data's own, and one that
    is not a whole multiple of the data's, raise DataError.
    """
    name = normalise(timeframe)
    if name == data.timeframe:
        every = np.arange(data.n_bars, dtype=np.int64)
        return HigherBars(every, every)
    base, length = _lengths(data.timeframe, name)
    day_begins = 0 if data.calendar is None else data.calendar.begins
    early = before_midnight(day_begins)
    day = local_day(data.time, data.timezone, day_begins)
    offset = utc_offset(data.time, data.timezone)
    if base < NS_PER_DAY:
        end_offset = utc_offset(data.time + base, data.timezone)
        end = data.time + base + end_offset
    else:
        end_offset = offset
        end = day * NS_PER_DAY + data.clock + base
    own = _period(length, day, data.clock, offset)
    next_day, next_clock = (end + early) // NS_PER_DAY, (end + early) % NS_PER_DAY - early
    next_one = _period(length, np.maximum(next_day, day), next_clock, end_offset)
    closes = (own != next_one).any(axis=0)
    begins = np.zeros(data.n_bars, np.bool_)
    begins[1:] = (own[:, 1:] != own[:, :-1]).any(axis=0) | closes[:-1]
    group = np.cumsum(begins, dtype=np.int64)
    return HigherBars(group, group - ~closes)


def _lengths(base: str, timeframe: str) -> tuple[int, int]:
    shorter, longer = duration(base), duration(timeframe)
    if longer is None or (longer >= NS_PER_DAY and longer not in (NS_PER_DAY, _WEEK)):
        raise DataError(
            f"timeframe: {timeframe!r} cannot be made of shorter bars; expected Nm, Nh (below a day), 1d or 1w"
        )
    if shorter is None or longer % shorter:
        raise DataError(f"timeframe: {timeframe!r} is not a whole multiple of the data's {base}")
    return shorter, longer


def _period(
    length: int, day: NDArray[np.int64], clock: NDArray[np.int64], offset: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return (k, n) numbers that differ between two neighbouring moments if and only if their periods do."""
    if length == _WEEK:
        return np.stack([(day + 3) // 7])  # day 0, 1970-01-01, was a Thursday
    if length == NS_PER_DAY:
        return np.stack([day])
    return np.stack([day, clock // length, offset if length <= _HOUR else np.zeros_like(day)])
