"""Middle of the range of the last bars, of highs and lows."""

import math

from numba import float64, int64

from ..compilation import inlined
from ..ownership import borrow
from .declared import declare, state
from .window import next_maximum, next_minimum

INDICATOR = declare("period: int", inputs="high low", warmup="period - 1")


@state
class Midprice:
    """(highest high + lowest low) / 2 of the last ``period`` bars."""

    period: int64
    top: float64 = -math.inf
    top_at: int64 = -1
    bottom: float64 = math.inf
    bottom_at: int64 = -1
    value: float64 = 0.0


@inlined
def update_midprice(state, high, low, t):
    """Take bar ``t``."""
    top, top_at = next_maximum(borrow(high), t, state.period, state.top, state.top_at)
    bottom, bottom_at = next_minimum(borrow(low), t, state.period, state.bottom, state.bottom_at)
    state.top, state.top_at, state.bottom, state.bottom_at = top, top_at, bottom, bottom_at
    state.value = (top + bottom) * 0.5
