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

from typing import Any, NamedTuple

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


class Moment(NamedTuple):
    """When a bar opens, or bars (n,) do: ns since the epoch, the local day, the zone's clock, and its offset from UTC.

    ``end_offset`` is that of its end.
    """

    time: Any
    day: Any
    clock: Any
    offset: Any
    end_offset: Any


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
    day = local_day(data.time, data.timezone, day_begins)
    offset = utc_offset(data.time, data.timezone)
    end_offset = utc_offset(data.time + base, data.timezone) if base < NS_PER_DAY else offset
    moments = Moment(data.time, day, data.clock, offset, end_offset)
    own, next_one = (np.stack(one) for one in _periods(length, base, moments, before_midnight(day_begins)))
    closes = (own != next_one).any(axis=0)
    begins = np.zeros(data.n_bars, np.bool_)
    begins[1:] = (own[:, 1:] != own[:, :-1]).any(axis=0) | closes[:-1]
    group = np.cumsum(begins, dtype=np.int64)
    return HigherBars(group, group - ~closes)


class HigherClock:
    """``completed_bars`` of a timeframe for bars that come one after the other.

    ``group`` and ``completed`` are those of the newest bar; the state is ``group``, ``closes`` (whether that bar is the
    last of its higher bar) and ``own``, which names its period. ``begins`` is when days begin on the evening before.
    """

    def __init__(self, base: str, timeframe: str, begins: int = 0) -> None:
        name = normalise(timeframe)
        self._is_own = name == base
        self._base, self._length = _lengths(base, name)
        self._early = before_midnight(begins)
        self.group, self.closes, self.own = -1, True, ()

    @property
    def completed(self) -> int:
        """Number of the newest higher bar that is complete at the close of the newest bar."""
        return self.group - (not self.closes)

    @property
    def shortest(self) -> int:
        """The timeframe of the bars themselves, in nanoseconds."""
        return self._base

    def take(self, moment: "Moment") -> None:
        """Take the next bar."""
        own, next_one = _periods(self._length, self._base, moment, self._early)
        self.group += self.closes or own != self.own
        self.own, self.closes = own, self._is_own or own != next_one


def _lengths(base: str, timeframe: str) -> tuple[int, int]:
    shorter, longer = duration(base), duration(timeframe)
    if longer is None or (longer >= NS_PER_DAY and longer not in (NS_PER_DAY, _WEEK)):
        raise DataError(
            f"timeframe: {timeframe!r} cannot be made of shorter bars; expected Nm, Nh (below a day), 1d or 1w"
        )
    if shorter is None or longer % shorter:
        raise DataError(f"timeframe: {timeframe!r} is not a whole multiple of the data's {base}")
    return shorter, longer


def _periods(length: int, base: int, moment: "Moment", early: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return what names the periods of bars, and those in which they end."""
    time, day, clock, offset, end_offset = moment
    end = time + base + end_offset if base < NS_PER_DAY else day * NS_PER_DAY + clock + base
    next_day, next_clock = (end + early) // NS_PER_DAY, (end + early) % NS_PER_DAY - early
    next_day += (day - next_day) * (next_day < day)
    return _period(length, day, clock, offset), _period(length, next_day, next_clock, end_offset)


def _period(length: int, day: Any, clock: Any, offset: Any) -> tuple[Any, ...]:
    """Return numbers that differ between two neighbouring moments if and only if their periods do."""
    if length == _WEEK:
        return ((day + 3) // 7,)  # day 0, 1970-01-01, was a Thursday
    if length == NS_PER_DAY:
        return (day,)
    return (day, clock // length, offset if length <= _HOUR else 0 * day)
