"""Hammer (Steve Nison, "Japanese Candlestick Charting Techniques", 1991)."""

from numba import float64

from ..compilation import inlined, kernel
from ..ownership import borrow
from .declared import declare, state

INDICATOR = declare("shadow: float = 2.0", inputs="open high low close", warmup="0")


@state
class Hammer:
    """Hammer: 1 where the lower shadow is at least ``shadow`` bodies long and the other at most half a body.

    It is 0 otherwise, and of a bar without a body.
    """

    shadow: float64
    value: float64 = 0.0


@kernel
def _sign(open_, high, low, close, t, shadow):
    body = abs(close[t] - open_[t])
    long, short = min(open_[t], close[t]) - low[t], high[t] - max(open_[t], close[t])
    return 1.0 if body > 0.0 and long >= shadow * body and short <= 0.5 * body else 0.0


@inlined
def update_hammer(state, open_, high, low, close, t):
    """Take bar ``t``."""
    state.value = _sign(borrow(open_), borrow(high), borrow(low), borrow(close), t, state.shadow)
