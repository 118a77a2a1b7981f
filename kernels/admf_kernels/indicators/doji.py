"""Doji (Steve Nison, "Japanese Candlestick Charting Techniques", 1991)."""

from numba import float64

from ..compilation import inlined, kernel
from ..ownership import borrow
from .declared import declare, state

INDICATOR = declare("share: 0 <= float <= 1 = 0.1", inputs="open high low close", warmup="0")


@state
class Doji:
    """Doji: 1 where the body is at most ``share`` of the range, else 0."""

    share: float64
    value: float64 = 0.0


@kernel
def _sign(open_, high, low, close, t, share):
    return 1.0 if abs(close[t] - open_[t]) <= share * (high[t] - low[t]) else 0.0


@inlined
def update_doji(state, open_, high, low, close, t):
    """Take bar ``t``."""
    state.value = _sign(borrow(open_), borrow(high), borrow(low), borrow(close), t, state.share)
