"""Aroon oscillator (T. Chande, Technical Analysis of Stocks & Commodities, September 1995)."""

import math

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import inlined
from ..ownership import borrow
from .declared import declare, state
from .window import next_maximum, next_minimum

INDICATOR = declare("period: int = 14", inputs="high low", outputs="value", warmup="period")


@state
class Aroonosc:
    """Aroon oscillator: ``up - down`` of aroon, -100 to 100.

    The window is ``period + 1`` bars long; of equal extremes the newest counts.
    """

    period: int64
    top: float64 = -math.inf
    top_at: int64 = -1
    bottom: float64 = math.inf
    bottom_at: int64 = -1
    value: float64 = 0.0


@inlined
def update_aroonosc(state, high, low, t):
    """Take bar ``t``."""
    n = state.period
    top, top_at = next_maximum(borrow(high), t, n + 1, state.top, state.top_at)
    bottom, bottom_at = next_minimum(borrow(low), t, n + 1, state.bottom, state.bottom_at)
    state.top, state.top_at, state.bottom, state.bottom_at = top, top_at, bottom, bottom_at
    state.value = divide(100.0 * float(top_at - bottom_at), float(n))
