"""What a container that goes on reads besides prices: bars of longer timeframes, columns of one's own, the clock.

They are what ``data.higher_columns`` makes of all bars, a bar at a time, in the same two arrays. Bars are counted
symbol by symbol here, those of the history first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.data.calendars import calendar_of, years_of
from admf_jit.data.higher_columns import HIGHER_ROWS, Series, higher_columns
from admf_jit.data.higher_timeframe import HigherClock, completed_bars
from admf_jit.data.own_series import OwnColumn, clock_at, own_series
from admf_jit.live.axis import Axis
from admf_jit.live.bars import PRICES, Bar
from admf_jit.live.reels import CAPACITY, Reel

_SESSION = HIGHER_ROWS - 1
#: A bar that has not come, where it is not known when it will.
NEVER = 1 << 48


class LiveSeries:
    """What ``series`` say at the bars that come, after those of ``history``, if there are any.

    ``higher`` and ``completed`` are as in ``HigherColumns``. ``keep`` is how many higher bars stay in memory, and at
    least how many the longest warm-up has. ``columns`` are the names of one's own columns, in the order of ``Bar.own``;
    from its first value on, one that is ``unbroken`` has a value at every bar.
    """

    def __init__(
        self,
        series: Sequence[Series],
        history: MarketData,
        oldest: int,
        axis: Axis,
        keep: int,
        capacity: int = CAPACITY,
        *,
        unbroken: Collection[str] = (),
    ) -> None:
        self._unbroken = unbroken
        n_symbols = history.n_symbols
        self.columns = names_of(series)
        self._axis = axis
        self._keep = keep
        timeframes = [one for one in series if isinstance(one, str)]
        own = [one for one in series if isinstance(one, OwnColumn)]
        n_rows = len(own) if own and not timeframes else max(HIGHER_ROWS, len(own))
        self._higher = Reel((n_symbols, len(timeframes) + bool(own), n_rows), np.float64, capacity)
        self._completed = Reel((n_symbols, len(series)), np.int64, capacity + keep + 2)
        self._completed.array[:, :, : keep + 2] = NEVER
        self._counts = [0] * n_symbols
        self._symbols = {symbol: row for row, symbol in enumerate(history.symbols)}
        begins = 0 if history.calendar is None else history.calendar.begins
        self._timeframes = [_Timeframe(self, place, name, history, begins) for place, name in enumerate(timeframes)]
        self._own = [_Own(self, len(timeframes), place, column, history) for place, column in enumerate(own)]
        whole = history.with_history
        if whole.n_bars - oldest > 1:
            first = str(np.datetime64(int(whole.time[oldest]), "ns")) + "Z"
            self._begin(whole.select(start=first, history="none").without_history(), tuple(series))
        elif whole.n_bars - oldest == 1:
            self.append(_bars_at(whole, oldest, self.columns))

    @property
    def higher(self) -> NDArray[np.float64]:
        """Float64 (n_symbols, n_timeframes, n_rows, capacity)."""
        return self._higher.view

    @property
    def completed(self) -> NDArray[np.int64]:
        """Int64 (n_symbols, n_series, capacity); ``NEVER`` where a higher bar is not complete."""
        return self._completed.view

    def append(self, bars: Sequence[Bar]) -> None:
        """Take the bars of the time that the axis has just taken."""
        rows = {self._symbols[bar.symbol]: bar for bar in bars}
        for timeframe in self._timeframes:
            timeframe.append(rows, self._counts)
        for row, bar in rows.items():
            for own in self._own:
                own.append(row, bar, self._counts[row])
            self._counts[row] += 1

    def misses_value(self, bar: Bar) -> str | None:
        """The first of the ``unbroken`` columns that a bar has no value of, though its symbol had one before."""
        row = self._symbols[bar.symbol]
        broken = (one for one in self._own if one.column.name in self._unbroken and one.is_broken_by(row, bar))
        return next((one.column.name for one in broken), None)

    def count_of(self, row: int, timeframe: str | None) -> int:
        """How many bars of a timeframe a symbol has had, or of its own."""
        if timeframe is None:
            return self._counts[row]
        return next(one.counts[row] for one in self._timeframes if one.name == timeframe)

    def give_back(self) -> None:
        """Let go of bars that nobody looks at any more."""
        for timeframe in self._timeframes:
            for row, count in enumerate(timeframe.counts):
                self._release(row, timeframe.place, count)
        for own in self._own:
            for row, count in enumerate(self._counts):
                self._release(row, own.timeframe, count)

    def _release(self, row: int, timeframe: int, count: int) -> None:
        n_rows, per_symbol = self._higher.array.shape[2], self._higher.array.shape[1]
        first = (row * per_symbol + timeframe) * n_rows
        self._higher.release(count - self._keep, range(first, first + n_rows))

    def state(self) -> dict[str, NDArray[Any]]:
        """What has to be kept."""
        state = {"series_counts": np.array(self._counts, np.int64)}
        for timeframe in self._timeframes:
            state |= timeframe.state(self._keep)
        for own in self._own:
            state |= own.state(self._keep, self._counts)
        return state

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what was kept."""
        self._counts = state["series_counts"].tolist()
        for timeframe in self._timeframes:
            timeframe.restore(state)
        for own in self._own:
            own.restore(state, self._counts)

    def _begin(self, data: MarketData, series: tuple[Series, ...]) -> None:
        """Take a history of two bars at least."""
        made = higher_columns(data, series)
        for row in range(data.n_symbols):
            bars = np.flatnonzero(~np.isnan(data.close[row]))
            self._counts[row] = len(bars)
            for timeframe in self._timeframes:
                timeframe.begin(data, row, bars, made.higher, made.completed)
            for own in self._own:
                own.begin(data, row, bars)


class _Timeframe:
    """The bars of a longer timeframe: the newest of each symbol may still be growing."""

    def __init__(self, series: LiveSeries, place: int, name: str, history: MarketData, begins: int) -> None:
        self.name, self.place = name, place
        self.counts = [0] * history.n_symbols
        self._axis = series._axis
        self._higher = series._higher.array[:, place]
        self._completed = series._completed.array[:, place]
        self._ahead = series._keep
        self._clock = HigherClock(history.timeframe, name, begins)
        #: Of each symbol: the number of the newest higher bar, and whether it is complete.
        self._numbers = [-1] * history.n_symbols
        self._done = [True] * history.n_symbols

    def begin(
        self,
        data: MarketData,
        row: int,
        bars: NDArray[np.int64],
        higher: NDArray[np.float64],
        completed: NDArray[np.int64],
    ) -> None:
        """Take the history of a symbol, whose ``bars`` of the data's axis are its own."""
        periods = completed_bars(data, self.name)
        clock = self._clock
        clock.take(self._axis.moment(clock.shortest))
        clock.group, clock.closes = int(periods.group[-1]), bool(periods.completed[-1] == periods.group[-1])
        if len(bars) == 0:
            return
        count = len(np.unique(periods.group[bars]))
        self.counts[row] = count
        self._numbers[row] = int(periods.group[bars[-1]])
        self._done[row] = self._numbers[row] <= clock.completed
        self._higher[row, :HIGHER_ROWS, :count] = higher[row, self.place, :HIGHER_ROWS, :count]
        self._higher[row, _SESSION, :count] += self._axis.session - data.session[-1]
        known = count if self._done[row] else count - 1
        self._completed[row, :known] = np.searchsorted(bars, completed[row, self.place, :known])
        self._completed[row, known : known + self._ahead + 2] = NEVER

    def append(self, rows: Mapping[int, Bar], counts: Sequence[int]) -> None:
        clock = self._clock
        clock.take(self._axis.moment(clock.shortest))
        # What the beginning of another period completes, before a bar of that is there.
        self._complete(clock.group - 1, counts)
        for row, bar in rows.items():
            k = self.counts[row] - 1
            values = self._higher[row]
            if self._numbers[row] != clock.group:
                k += 1
                values[:HIGHER_ROWS, k] = (*bar[2:7], self._axis.session)
                self.counts[row], self._numbers[row], self._done[row] = k + 1, clock.group, False
            else:
                values[1, k] = max(values[1, k], bar.high)
                values[2, k] = min(values[2, k], bar.low)
                values[3, k] = bar.close
                values[4, k] += bar.volume
        if clock.closes:
            self._complete(clock.group, counts)

    def _complete(self, newest: int, counts: Sequence[int]) -> None:
        for row, number in enumerate(self._numbers):
            if not self._done[row] and number <= newest:
                k = self.counts[row] - 1
                self._completed[row, k] = counts[row]
                self._completed[row, k + self._ahead + 2] = NEVER
                self._done[row] = True

    def state(self, keep: int) -> dict[str, NDArray[Any]]:
        own = [*self._clock.own, *[0] * (3 - len(self._clock.own))]
        numbers = [self._clock.group, self._clock.closes, len(self._clock.own), *own]
        state = {f"{self.name}_clock": np.array(numbers, np.int64)}
        state[f"{self.name}_rows"] = np.array([self.counts, self._numbers, self._done], np.int64)
        for row, count in enumerate(self.counts):
            part = slice(max(0, count - keep), count)
            state[f"{self.name}_higher_{row}"] = self._higher[row, :HIGHER_ROWS, part]
            state[f"{self.name}_first_{row}"] = self._completed[row, : keep + 2]
            state[f"{self.name}_completed_{row}"] = self._completed[row, part.start : count + keep + 2]
        return state

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        group, closes, n, *own = state[f"{self.name}_clock"].tolist()
        self._clock.group, self._clock.closes, self._clock.own = group, bool(closes), tuple(own[:n])
        self.counts, self._numbers, done = state[f"{self.name}_rows"].tolist()
        self._done = [bool(one) for one in done]
        for row, count in enumerate(self.counts):
            higher, first, completed = (state[f"{self.name}_{what}_{row}"] for what in ("higher", "first", "completed"))
            self._higher[row, :HIGHER_ROWS, count - higher.shape[1] : count] = higher
            self._completed[row, : len(first)] = first
            begin = count - higher.shape[1]
            self._completed[row, begin : begin + len(completed)] = completed


class _Own:
    """A column of one's own, or of the clock: its value at each bar, and at which bar it has its first."""

    def __init__(self, series: LiveSeries, timeframe: int, place: int, column: OwnColumn, history: MarketData) -> None:
        self.column, self.timeframe = column, timeframe
        self._axis = series._axis
        self._history = history
        self._place = None if column.clock else series.columns.index(column.name)
        self._values = series._higher.array[:, timeframe, place]
        self._first = series._completed.array[:, timeframe + place]
        self._name = f"own_{timeframe + place}"
        n_symbols = history.n_symbols
        #: Values that are not known yet, with the times of their bars, and the newest that is.
        self._waiting: list[deque[tuple[int, float]]] = [deque() for _ in range(n_symbols)]
        self._known = [np.nan] * n_symbols
        #: Of each symbol the session of the newest bar, and how many of its bars came before.
        self._sessions = [(-1, 0)] * n_symbols
        self._first_session: int | None = None
        self._calendar: tuple[int, Any] | None = None

    def begin(self, data: MarketData, row: int, bars: NDArray[np.int64]) -> None:
        """Take the history of a symbol, whose ``bars`` of the data's axis are its own."""
        values = own_series(data, row, self.column)
        self._first_session = self._axis.session - int(data.session[-1])
        if len(bars) == 0:
            return
        self._values[row, : len(values)] = values
        known = np.zeros(1, np.int64) if self.column.clock else np.flatnonzero(~np.isnan(values))
        self._first[row, 0] = known[0] if len(known) else NEVER
        session = data.session[bars]
        before = len(bars) - 1 - int(np.searchsorted(session, session[-1]))
        self._sessions[row] = (self._first_session + int(session[-1]), before)
        if self.column.delay:
            given, time = data.extra[self.column.name][row, bars], data.time[bars]
            self._known[row] = float(values[-1])
            since = int(np.searchsorted(time, time[-1] - self.column.delay, side="right"))
            self._waiting[row].extend(zip(time[since:].tolist(), given[since:].tolist(), strict=True))

    def append(self, row: int, bar: Bar, k: int) -> None:
        value = self._of_clock(row, bar.time) if self.column.clock else self._of_bar(row, bar)
        self._values[row, k] = value
        if self._first[row, 0] == NEVER and (self.column.clock or value == value):
            self._first[row, 0] = k

    def is_broken_by(self, row: int, bar: Bar) -> bool:
        """Whether a symbol had a value before, and has none at this bar."""
        if self._place is None or bar.own[self._place] is not None:
            return False
        had = self._first[row, 0] != NEVER or any(value == value for _, value in self._waiting[row])
        return bool(had)

    def _of_bar(self, row: int, bar: Bar) -> float:
        assert self._place is not None
        given = bar.own[self._place]
        value = np.nan if given is None else given
        if not self.column.delay:
            return value
        waiting = self._waiting[row]
        waiting.append((bar.time, value))
        while waiting and waiting[0][0] <= bar.time - self.column.delay:
            self._known[row] = waiting.popleft()[1]
        return self._known[row]

    def _of_clock(self, row: int, time: int) -> float:
        name, axis, history = self.column.name, self._axis, self._history
        if self._first_session is None:
            self._first_session = axis.session
        session, before = self._sessions[row]
        before = before + 1 if session == axis.session else 0
        self._sessions[row] = (axis.session, before)
        if name == "session":
            return float(axis.session - self._first_session)
        if name == "bars_in_session":
            return float(before)
        moment = np.array([time])
        calendar = self._calendar_at(moment) if name == "minutes_to_close" else None
        clock = np.array([axis.clock])
        return float(clock_at(name, moment, clock, history.timezone, calendar, history.timeframe)[0])

    def _calendar_at(self, moment: NDArray[np.int64]) -> Any:
        year = int(years_of(moment)[0])
        if self._calendar is None or self._calendar[0] != year:
            assert self._history.calendar is not None
            self._calendar = (year, calendar_of(self._history.calendar.name, moment, self._history.timezone))
        return self._calendar[1]

    def state(self, keep: int, counts: Sequence[int]) -> dict[str, NDArray[Any]]:
        name = self._name
        first = -1 if self._first_session is None else self._first_session
        state = {f"{name}_first": np.append(self._first[:, 0], first), f"{name}_sessions": np.array(self._sessions)}
        state[f"{name}_known"] = np.array(self._known, np.float64)
        for row, waiting in enumerate(self._waiting):
            state[f"{name}_times_{row}"] = np.array([time for time, _ in waiting], np.int64)
            state[f"{name}_waiting_{row}"] = np.array([value for _, value in waiting], np.float64)
            state[f"{name}_values_{row}"] = self._values[row, max(0, counts[row] - keep) : counts[row]]
        return state

    def restore(self, state: Mapping[str, NDArray[Any]], counts: Sequence[int]) -> None:
        name = self._name
        *firsts, first = state[f"{name}_first"].tolist()
        self._first[:, 0] = firsts
        self._first_session = None if first < 0 else first
        self._sessions = [(session, before) for session, before in state[f"{name}_sessions"].tolist()]
        self._known = state[f"{name}_known"].tolist()
        for row, count in enumerate(counts):
            times, waiting, values = (state[f"{name}_{what}_{row}"] for what in ("times", "waiting", "values"))
            self._waiting[row] = deque(zip(times.tolist(), waiting.tolist(), strict=True))
            self._values[row, count - len(values) : count] = values


def names_of(series: Sequence[Series]) -> tuple[str, ...]:
    """The columns of one's own among ``series``, each once."""
    own = [one for one in series if isinstance(one, OwnColumn) and not one.clock]
    return tuple(dict.fromkeys(one.name for one in own))


def _bars_at(data: MarketData, t: int, columns: Sequence[str]) -> list[Bar]:
    """The bars of one time."""
    return [
        Bar._make(
            (
                int(data.time[t]),
                symbol,
                *(float(getattr(data, name)[row, t]) for name in PRICES),
                False,
                tuple(float(data.extra[name][row, t]) for name in columns),
            )
        )
        for row, symbol in enumerate(data.symbols)
        if not np.isnan(data.close[row, t])
    ]
