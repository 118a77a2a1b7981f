"""Exponential moving average that starts from the first value, as TradingView's published formula does."""

from numba import float64, int64

from ..compilation import inlined
from .declared import declare, state
from .exponential import next_average

INDICATOR = declare("period: int", warmup="period - 1")


@state
class EmaTradingview:
    """Exponential moving average, weight 2 / (period + 1), started from the first value."""

    period: int64
    weight: float64 = "divide(2.0, period + 1.0)"
    low: float64 = 0.0
    value: float64 = 0.0


@inlined
def update_ema_tradingview(state, column, t):
    """Take bar ``t`` of ``column``."""
    state.value, state.low = next_average(state.value, state.low, column[t], t + 1, 1, state.weight)
