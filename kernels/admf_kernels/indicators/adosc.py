"""Chaikin oscillator (M. Chaikin)."""

from numba import float64, int64

from ..compilation import inlined
from ..error_free import add
from ..ownership import borrow
from .bar_prices import money_flow
from .declared import declare, state
from .exponential import next_average

INDICATOR = declare(
    "fast_period: int = 3, slow_period: int = 10",
    inputs="high low close volume",
    warmup="slow_period - 1",
    rising="fast_period slow_period",
)


@state
class Adosc:
    """Chaikin oscillator: fast minus slow exponential average of ad, both started from its first value."""

    fast_period: int64
    slow_period: int64
    fast_weight: float64 = "divide(2.0, fast_period + 1.0)"
    slow_weight: float64 = "divide(2.0, slow_period + 1.0)"
    total: float64 = 0.0
    total_low: float64 = 0.0
    fast: float64 = 0.0
    slow: float64 = 0.0
    value: float64 = 0.0


@inlined
def update_adosc(state, high, low, close, volume, t):
    """Take bar ``t``."""
    flow = money_flow(borrow(high), borrow(low), borrow(close), borrow(volume), t)
    total, total_low, _ = add(state.total, state.total_low, flow)
    fast, _ = next_average(state.fast, 0.0, total, t + 1, 1, state.fast_weight)
    slow, _ = next_average(state.slow, 0.0, total, t + 1, 1, state.slow_weight)
    state.total, state.total_low, state.fast, state.slow, state.value = total, total_low, fast, slow, fast - slow
