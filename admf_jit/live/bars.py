"""The bars of a container that goes on: the newest ones, in the columns that an engine takes."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.data.axis_clock import AxisClock
from admf_jit.live.reels import CAPACITY, Reel

#: Bars whose times tell a hole from a pause of the market.
_RECENT = 4_096
PRICES = ("open", "high", "low", "close", "volume")


class Bar(NamedTuple):
    """A bar of one symbol; ``time`` is when it opens, in ns since the epoch; ``closes``: the last of its session."""

    time: int
    symbol: str
    open: float
    high: float
    low: float
    close: float
    volume: float
    closes: bool = False


class LiveBars:
    """Bars of one symbol: those of a history, which only warm indicators up, and those that come.

    The history is that of ``data`` from bar ``oldest`` on. ``keep`` of the newest bars stay in memory. ``count`` is how
    many have come, the history's apart.
    """

    def __init__(self, data: MarketData, oldest: int, keep: int, capacity: int = CAPACITY) -> None:
        whole = data.with_history
        self.n_history = whole.n_bars - oldest
        self.capacity = capacity - self.n_history
        self.count = 0
        self.last_time = int(whole.time[-1])
        self._keep = keep
        self._recent: deque[int] = deque(whole.time[-_RECENT:].tolist(), _RECENT)
        begins = 0 if whole.calendar is None else whole.calendar.begins
        self._first_session = 0
        self._time, self._own_clock = Reel((), np.int64, capacity), Reel((), np.int64, capacity)
        self._session, self._all_session = Reel((), np.int64, capacity), Reel((), np.int64, capacity)
        self._prices = {name: Reel((1,), np.float64, capacity) for name in PRICES}
        self._clock = AxisClock(whole.timezone, begins, session=int(whole.session[-1]) - 1)
        self._clock.take(self.last_time)
        self._all_session.array[: self.n_history] = whole.session[oldest:]
        for name in PRICES:
            self._prices[name].array[:, : self.n_history] = getattr(whole, name)[:, oldest:]

    def columns(self) -> tuple[NDArray[Any], ...]:
        """The leading arguments of an engine, up to the volume with the history."""
        rest = slice(self.n_history, None)
        prices = [self._prices[name].view for name in PRICES]
        evaluated = self._time.view[: self.capacity], self._session.view[: self.capacity]
        clock = self._own_clock.view[: self.capacity]
        return (*evaluated, clock, *(price[:, rest] for price in prices), self._all_session.view, *prices)

    def append(self, bar: Bar) -> None:
        """Take the next bar."""
        t, k = self.count, self.count + self.n_history
        session, clock = self._clock.take(bar.time)
        if t == 0:
            self._first_session = session
        self._time.array[t], self._own_clock.array[t] = bar.time, clock
        self._all_session.array[k], self._session.array[t] = session, session - self._first_session
        # Orders that fill at the last close of a session look at the session of the bar that follows.
        self._session.array[t + 1] = session - self._first_session + bar.closes
        prices = self._prices
        prices["open"].array[0, k] = bar.open
        prices["high"].array[0, k] = bar.high
        prices["low"].array[0, k] = bar.low
        prices["close"].array[0, k] = bar.close
        prices["volume"].array[0, k] = bar.volume
        self.count, self.last_time = t + 1, bar.time
        self._recent.append(bar.time)

    def give_back(self) -> None:
        """Let go of bars that nobody looks at any more."""
        old = self.count - self._keep
        if old > 0:
            for reel in (self._time, self._own_clock, self._session):
                reel.release(old)
        old += self.n_history
        if old > 0:
            for reel in (self._all_session, *self._prices.values()):
                reel.release(old)

    @property
    def recent_times(self) -> NDArray[np.int64]:
        """Times of the newest bars, those of the history among them."""
        return np.array(self._recent, np.int64)

    def state(self) -> dict[str, NDArray[Any]]:
        """What has to be kept of the bars."""
        numbers = [self.count, self.last_time, self._first_session, self._clock.session, self._clock.today or 0]
        t, k = (slice(max(0, n - self._keep), n) for n in (self.count, self.count + self.n_history))
        columns = {"time": self._time.array[t], "clock": self._own_clock.array[t], "session": self._session.array[t]}
        columns |= {"recent": self.recent_times, "all_session": self._all_session.array[k]}
        columns |= {name: self._prices[name].array[0, k] for name in PRICES}
        return {"bars": np.array([*numbers, self.n_history], np.int64), **columns}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what was kept."""
        self.count, last, self._first_session, session, today, n_history = state["bars"].tolist()
        self.last_time = last
        self._clock.session, self._clock.today = session, today
        self._recent.extend(state["recent"].tolist())
        if n_history != self.n_history:
            raise ValueError("the history has another length")
        reels: Sequence[tuple[str, NDArray[Any], int]] = [
            ("time", self._time.array, self.count),
            ("clock", self._own_clock.array, self.count),
            ("session", self._session.array, self.count),
            ("all_session", self._all_session.array, self.count + n_history),
            *((name, self._prices[name].array[0], self.count + n_history) for name in PRICES),
        ]
        for name, array, end in reels:
            array[end - len(state[name]) : end] = state[name]
