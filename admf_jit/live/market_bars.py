"""The bars of a container over several symbols: those of each time, and those of each symbol one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.live.axis import Axis
from admf_jit.live.bars import PRICES, Bar
from admf_jit.live.reels import CAPACITY, Reel


class LiveMarket:
    """Bars of several symbols, as ``LiveBars`` has those of one.

    An engine takes the bars of a time side by side, and indicators those that a symbol has, without holes.
    """

    def __init__(self, data: MarketData, oldest: int, keep: int, capacity: int = CAPACITY) -> None:
        whole = data.with_history
        n_symbols = whole.n_symbols
        self.n_history = whole.n_bars - oldest
        self.axis = Axis(whole, keep, capacity)
        self._keep = keep
        self._rows = {symbol: row for row, symbol in enumerate(whole.symbols)}
        self._prices = {name: Reel((n_symbols,), np.float64, capacity) for name in PRICES}
        self._own = {name: Reel((n_symbols,), np.float64, capacity) for name in PRICES}
        self._session = Reel((n_symbols,), np.int64, capacity)
        self.own_counts = np.zeros(n_symbols, np.int64)
        for row in range(n_symbols):
            places = oldest + np.flatnonzero(~np.isnan(whole.close[row, oldest:]))
            self.own_counts[row] = len(places)
            self._session.array[row, : len(places)] = whole.session[places]
            for name in PRICES:
                self._own[name].array[row, : len(places)] = getattr(whole, name)[row, places]

    def columns(self) -> tuple[NDArray[Any], ...]:
        """The leading arguments of an engine, up to the volume with the history; sessions symbol after symbol."""
        evaluated = [self._prices[name].view for name in PRICES]
        own = [self._own[name].view for name in PRICES]
        return (*self.axis.columns(self.axis.capacity), *evaluated, self._session.view.reshape(-1), *own)

    def append(self, bars: Sequence[Bar]) -> None:
        """Take the bars of the next time; a symbol that has none of these has no bar there."""
        t = self.axis.count
        self.axis.append(bars[0].time, any(bar.closes for bar in bars))
        for name in PRICES:
            self._prices[name].array[:, t] = 0.0 if name == "volume" else np.nan
        for bar in bars:
            row = self._rows[bar.symbol]
            k = self.own_counts[row]
            self._session.array[row, k] = self.axis.session
            for name, value in zip(PRICES, bar[2:7], strict=True):
                self._prices[name].array[row, t] = self._own[name].array[row, k] = value
            self.own_counts[row] = k + 1

    def give_back(self) -> None:
        """Let go of bars that nobody looks at any more."""
        self.axis.give_back()
        oldest = int(self.own_counts.min()) - self._keep
        for name in PRICES:
            self._prices[name].release(self.axis.count - self._keep)
            self._own[name].release(oldest)
        self._session.release(oldest)

    def state(self) -> dict[str, NDArray[Any]]:
        """What has to be kept of the bars."""
        end = self.axis.count
        part = slice(max(0, end - self._keep), end)
        state = {name: self._prices[name].array[:, part] for name in PRICES}
        for row, count in enumerate(self.own_counts.tolist()):
            own = slice(max(0, count - self._keep), count)
            state |= {f"own_{name}_{row}": self._own[name].array[row, own] for name in PRICES}
            state[f"own_session_{row}"] = self._session.array[row, own]
        facts = {"own_counts": self.own_counts, "n_history": np.array([self.n_history])}
        return {**self.axis.state(), **facts, **state}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what was kept."""
        if int(state["n_history"][0]) != self.n_history or state["own_counts"].shape != self.own_counts.shape:
            raise ValueError("the history has another length")
        self.axis.restore(state)
        end = self.axis.count
        self.own_counts[:] = state["own_counts"]
        for name in PRICES:
            self._prices[name].array[:, end - state[name].shape[1] : end] = state[name]
        for row, count in enumerate(self.own_counts.tolist()):
            for name in PRICES:
                kept = state[f"own_{name}_{row}"]
                self._own[name].array[row, count - len(kept) : count] = kept
            kept = state[f"own_session_{row}"]
            self._session.array[row, count - len(kept) : count] = kept
