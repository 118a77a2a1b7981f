"""The bars of a container that goes on: the newest ones, in the columns that an engine takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.live.axis import Axis
from admf_jit.live.reels import CAPACITY, Reel

PRICES = ("open", "high", "low", "close", "volume")


class Bar(NamedTuple):
    """A bar of one symbol; ``time`` is when it opens, in ns since the epoch; ``closes``: the last of its session.

    ``own`` are values of one's own columns, None where there is none.
    """

    time: int
    symbol: str
    open: float
    high: float
    low: float
    close: float
    volume: float
    closes: bool = False
    own: tuple[float | None, ...] = ()


class LiveBars:
    """Bars of one symbol: those of a history, which only warm indicators up, and those that come.

    The history is that of ``data`` from bar ``oldest`` on. ``keep`` of the newest bars stay in memory.
    """

    def __init__(self, data: MarketData, oldest: int, keep: int, capacity: int = CAPACITY) -> None:
        whole = data.with_history
        self.n_history = whole.n_bars - oldest
        self.axis = Axis(whole, keep, capacity - self.n_history)
        self._keep = keep
        self._session = Reel((), np.int64, capacity)
        self._prices = {name: Reel((1,), np.float64, capacity) for name in PRICES}
        self._session.array[: self.n_history] = whole.session[oldest:]
        for name in PRICES:
            self._prices[name].array[:, : self.n_history] = getattr(whole, name)[:, oldest:]

    def columns(self) -> tuple[NDArray[Any], ...]:
        """The leading arguments of an engine, up to the volume with the history."""
        prices = [self._prices[name].view for name in PRICES]
        evaluated = (price[:, self.n_history :] for price in prices)
        return (*self.axis.columns(self.axis.capacity), *evaluated, self._session.view, *prices)

    def append(self, bars: Sequence[Bar]) -> None:
        """Take the next bar."""
        (bar,) = bars
        k = self.axis.count + self.n_history
        self.axis.append(bar.time, bar.closes)
        self._session.array[k] = self.axis.session
        prices = self._prices
        prices["open"].array[0, k] = bar.open
        prices["high"].array[0, k] = bar.high
        prices["low"].array[0, k] = bar.low
        prices["close"].array[0, k] = bar.close
        prices["volume"].array[0, k] = bar.volume

    def give_back(self) -> None:
        """Let go of bars that nobody looks at any more."""
        self.axis.give_back()
        for reel in (self._session, *self._prices.values()):
            reel.release(self.axis.count + self.n_history - self._keep)

    def state(self) -> dict[str, NDArray[Any]]:
        """What has to be kept of the bars."""
        end = self.axis.count + self.n_history
        part = slice(max(0, end - self._keep), end)
        columns = {name: self._prices[name].array[0, part] for name in PRICES}
        columns |= {"all_session": self._session.array[part], "n_history": np.array([self.n_history])}
        return {**self.axis.state(), **columns}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what was kept."""
        if int(state["n_history"][0]) != self.n_history:
            raise ValueError("the history has another length")
        self.axis.restore(state)
        end = self.axis.count + self.n_history
        columns = {name: self._prices[name].array[0] for name in PRICES} | {"all_session": self._session.array}
        for name, array in columns.items():
            array[end - len(state[name]) : end] = state[name]
