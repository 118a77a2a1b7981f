"""Median price of a bar."""

from numba import float64

from ..compilation import inlined
from .declared import declare, state

INDICATOR = declare(inputs="high low", warmup="0")


@state
class MedianPrice:
    """Median price: (high + low) / 2."""

    value: float64 = 0.0


@inlined
def update_median_price(state, high, low, t):
    """Take bar ``t``."""
    state.value = (high[t] + low[t]) * 0.5
