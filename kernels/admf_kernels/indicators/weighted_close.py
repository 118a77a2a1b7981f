"""Weighted close of a bar."""

from numba import float64

from ..compilation import inlined
from .declared import declare, state

INDICATOR = declare(inputs="high low close", warmup="0")


@state
class WeightedClose:
    """Weighted close: (high + low + 2 close) / 4."""

    value: float64 = 0.0


@inlined
def update_weighted_close(state, high, low, close, t):
    """Take bar ``t``."""
    state.value = ((high[t] + low[t]) + 2.0 * close[t]) * 0.25
