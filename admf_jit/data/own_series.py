"""Columns besides prices as a strategy sees them: for each bar of a symbol the value that was known by its close.

They are columns of one's own, and the exchange's clock.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.calendars import TradingCalendar
from admf_jit.data.market_data import MarketData
from admf_jit.data.sessions import NS_PER_DAY, NS_PER_SECOND, utc_offset
from admf_jit.data.timeframe import duration
from admf_jit.errors import StrategyError

PRICES_AND_VOLUME = ("open", "high", "low", "close", "volume")
_MINUTE = 60 * NS_PER_SECOND
#: 1970-01-01 was a Thursday.
_FIRST_WEEKDAY = 3
#: What a bar tells of the exchange's clock.
CLOCK = ("hour", "minute", "weekday", "day", "month", "session", "bars_in_session", "minutes_to_close")


@dataclass(frozen=True)
class OwnColumn:
    """A column of one's own: its name, and how long after the close of its bar a value is known, in nanoseconds.

    With ``clock`` it is one of ``CLOCK``.
    """

    name: str
    delay: int = 0
    clock: bool = False


@dataclass(frozen=True)
class MadeColumn(OwnColumn):
    """A column that a function makes of others, all bars at once: ``make(columns)``, each float64 (n,).

    ``digest`` is that of its code and arguments, ``reads`` the columns that it takes.
    """

    digest: str = ""
    reads: tuple[str, ...] = ()
    make: Callable[[list[NDArray[np.float64]]], NDArray[np.float64]] | None = field(
        default=None, compare=False, repr=False
    )


_made: WeakKeyDictionary[MarketData, dict[tuple[int, MadeColumn], NDArray[np.float64]]] = WeakKeyDictionary()


def read_columns(data: MarketData, row: int, column: MadeColumn) -> list[NDArray[np.float64]]:
    """What a column is made of: of each column that it reads the values at the bars that a symbol has."""
    whole = data.with_history
    bars = np.flatnonzero(~np.isnan(whole.close[row]))
    of = [getattr(whole, name) if name in PRICES_AND_VOLUME else whole.extra[name] for name in column.reads]
    return [np.array(values[row, bars]) for values in of]


def _series_made(data: MarketData, row: int, column: MadeColumn) -> NDArray[np.float64]:
    kept = _made.setdefault(data, {})
    if (row, column) not in kept:
        assert column.make is not None
        kept[row, column] = column.make(read_columns(data, row, column))
    return kept[row, column]


def own_series(data: MarketData, row: int, column: OwnColumn) -> NDArray[np.float64]:
    """Values of a column at the bars that a symbol has, those of the history first: float64 (n_own,), NaN for none.

    With a delay they are those of the newest bar of the symbol whose close is that long ago, or longer.
    """
    whole = data.with_history
    bars = np.flatnonzero(~np.isnan(whole.close[row]))
    if column.clock:
        return _clock(whole, column.name, bars)
    if isinstance(column, MadeColumn):
        return _series_made(data, row, column)
    values: NDArray[np.float64] = whole.extra[column.name][row, bars]
    if column.delay:
        time = whole.time[bars]
        newest = np.searchsorted(time, time - column.delay, side="right") - 1
        values = np.where(newest >= 0, values[newest], np.nan)
    return values


def first_value(data: MarketData, row: int, column: OwnColumn) -> int:
    """The bar, counted from the history's first, at which a symbol has a column's first value; n_bars for none."""
    whole = data.with_history
    bars = np.flatnonzero(~np.isnan(whole.close[row]))
    if column.clock:
        return int(bars[0]) if len(bars) else whole.n_bars
    known = np.flatnonzero(~np.isnan(own_series(data, row, column)))
    return int(bars[known[0]]) if len(known) else whole.n_bars


def check_clock(whose: str, name: str, data: MarketData) -> None:
    """Refuse what no clock tells without a calendar; StrategyError."""
    if name == "minutes_to_close" and (data.calendar is None or duration(data.timeframe) is None):
        raise StrategyError(
            f"strategy {whose}: bar.minutes_to_close: its time is known from a calendar; name that of the "
            "exchange, data.calendar or aj.load(..., calendar='XNYS'), for bars no longer than a day"
        )


def _clock(data: MarketData, name: str, bars: NDArray[np.int64]) -> NDArray[np.float64]:
    """What the exchange's clock says at the opening of some bars, float64 (n,)."""
    time, session = data.time[bars], data.session[bars]
    if name == "session":
        return np.asarray(session, np.float64)
    if name == "bars_in_session":
        begins = np.flatnonzero(np.diff(session, prepend=session[:1] - 1))
        return np.asarray(np.arange(len(bars)) - np.repeat(begins, np.diff(np.append(begins, len(bars)))), np.float64)
    calendar = data.trading_calendar if name == "minutes_to_close" else None
    return clock_at(name, time, data.clock[bars], data.timezone, calendar, data.timeframe)


def clock_at(
    name: str,
    time: NDArray[np.int64],
    clock: NDArray[np.int64],
    timezone: str,
    calendar: TradingCalendar | None,
    timeframe: str,
) -> NDArray[np.float64]:
    """What the exchange's clock says at some openings, float64 (n,): ``CLOCK`` but for what counts sessions."""
    if name in ("hour", "minute"):
        minutes = clock // _MINUTE
        found = minutes // 60 if name == "hour" else minutes % 60
    elif name == "minutes_to_close":
        length = duration(timeframe)
        assert calendar is not None and length is not None
        return _minutes_to_close(calendar, time, length)
    else:
        found = _of_date((time + utc_offset(time, timezone)) // NS_PER_DAY, name)
    return np.asarray(found, np.float64)


def _of_date(day: NDArray[np.int64], name: str) -> NDArray[np.int64]:
    """Weekday (Monday is 0), day of the month or month of days since 1970."""
    if name == "weekday":
        return np.asarray((day + _FIRST_WEEKDAY) % 7, np.int64)
    dates = day.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    if name == "day":
        return np.asarray((dates - months).astype(np.int64) + 1)
    return np.asarray(months.astype(np.int64) % 12 + 1)


def _minutes_to_close(calendar: TradingCalendar, time: NDArray[np.int64], length: int) -> NDArray[np.float64]:
    """Minutes from the close of bars of a ``length`` to that of their sessions; NaN for bars outside of sessions."""
    session = (np.searchsorted(calendar.starts, time, "right") - 1) // 2
    closes = calendar.ends.reshape(-1, 2).max(axis=1)[np.maximum(session, 0)]
    left = (closes - time - length) / _MINUTE
    return np.where((session >= 0) & (time < closes), left, np.nan)
