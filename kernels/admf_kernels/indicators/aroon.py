"""Aroon (T. Chande, Technical Analysis of Stocks & Commodities, September 1995)."""

import math

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import inlined
from ..ownership import borrow
from .declared import declare, state
from .window import next_maximum, next_minimum

INDICATOR = declare("period: int = 14", inputs="high low", outputs="up down", warmup="period")


@state
class Aroon:
    """Aroon: how new the highest high (``up``) and the lowest low (``down``) of the last bars are, 0 to 100.

    The window is ``period + 1`` bars long; of equal extremes the newest counts.
    """

    period: int64
    top: float64 = -math.inf
    top_at: int64 = -1
    bottom: float64 = math.inf
    bottom_at: int64 = -1
    up: float64 = 0.0
    down: float64 = 0.0


@inlined
def update_aroon(state, high, low, t):
    """Take bar ``t``."""
    n = state.period
    top, top_at = next_maximum(borrow(high), t, n + 1, state.top, state.top_at)
    bottom, bottom_at = next_minimum(borrow(low), t, n + 1, state.bottom, state.bottom_at)
    state.top, state.top_at, state.bottom, state.bottom_at = top, top_at, bottom, bottom_at
    state.up = divide(100.0 * float(n - (t - top_at)), float(n))
    state.down = divide(100.0 * float(n - (t - bottom_at)), float(n))
