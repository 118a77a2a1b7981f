"""Heikin-Ashi bars (D. Valcu, Technical Analysis of Stocks & Commodities, February 2004)."""

from numba import float64

from ..compilation import inlined
from .declared import declare, state

INDICATOR = declare(inputs="open high low close", outputs="open high low close", warmup="0")


@state
class HeikinAshi:
    """Heikin-Ashi bar: ``open``, the middle of the one before, ``high``, ``low``, and ``close``, the mean of all."""

    open: float64 = 0.0
    high: float64 = 0.0
    low: float64 = 0.0
    close: float64 = 0.0

    def take(self, begin, high, low, end):
        """Place the bar."""
        self.open = begin
        self.high = max(high, max(begin, end))
        self.low = min(low, min(begin, end))
        self.close = end


@inlined
def update_heikin_ashi(state, open_, high, low, close, t):
    """Take bar ``t``."""
    begin = (state.open + state.close) * 0.5 if t > 0 else (open_[t] + close[t]) * 0.5
    state.take(begin, high[t], low[t], ((open_[t] + high[t]) + (low[t] + close[t])) * 0.25)
