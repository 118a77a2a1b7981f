"""Williams %R (L. Williams, "How I Made One Million Dollars", 1973)."""

import math

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import inlined
from ..ownership import borrow
from .declared import declare, state
from .window import next_maximum, next_minimum

INDICATOR = declare("period: int = 14", inputs="high low close", warmup="period - 1")


@state
class Willr:
    """Williams %R: distance of the close from the highest high of the last bars, -100 to 0; -50 without a range."""

    period: int64
    top: float64 = -math.inf
    top_at: int64 = -1
    bottom: float64 = math.inf
    bottom_at: int64 = -1
    value: float64 = -50.0


@inlined
def update_willr(state, high, low, close, t):
    """Take bar ``t``."""
    top, top_at = next_maximum(borrow(high), t, state.period, state.top, state.top_at)
    bottom, bottom_at = next_minimum(borrow(low), t, state.period, state.bottom, state.bottom_at)
    state.top, state.top_at, state.bottom, state.bottom_at = top, top_at, bottom, bottom_at
    state.value = divide(-100.0 * (top - close[t]), top - bottom) if top > bottom else -50.0
