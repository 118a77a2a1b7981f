"""Fisher transform (J. Ehlers, Technical Analysis of Stocks & Commodities, November 2002)."""

import math

from numba import float64, int64

from ..arithmetic import divide, natural_logarithm
from ..compilation import inlined
from ..ownership import borrow
from .bar_prices import middle_price
from .declared import declare, state
from .derived_windows import next_largest, next_smallest

INDICATOR = declare("period: int = 9", inputs="high low", outputs="value trigger", warmup="period")


@state
class Fisher:
    """Fisher transform of the middle price's place in its range: ``value``, and ``trigger``, the value a bar before."""

    period: int64
    top: float64 = -math.inf
    top_at: int64 = -1
    bottom: float64 = math.inf
    bottom_at: int64 = -1
    place: float64 = 0.0
    value: float64 = 0.0
    trigger: float64 = 0.0


@inlined
def update_fisher(state, high, low, t):
    """Take bar ``t``."""
    columns, n = (borrow(high), borrow(low)), state.period
    top, top_at = next_largest(middle_price, columns, t, n, state.top, state.top_at)
    bottom, bottom_at = next_smallest(middle_price, columns, t, n, state.bottom, state.bottom_at)
    place, value, trigger = state.place, state.value, state.value
    if t >= n - 1:
        span = top - bottom
        share = divide(middle_price(columns, t) - bottom, span) - 0.5 if span > 0.0 else 0.0
        place = min(max(0.66 * share + 0.67 * place, -0.999), 0.999)
        value = 0.5 * natural_logarithm(divide(1.0 + place, 1.0 - place)) + 0.5 * value
    state.top, state.top_at, state.bottom, state.bottom_at = top, top_at, bottom, bottom_at
    state.place, state.value, state.trigger = place, value, trigger
