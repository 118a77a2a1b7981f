"""Supertrend (O. Seban)."""

from numba import float64, int64

from ..compilation import hot_kernel, inlined
from ..ownership import borrow
from .bar_prices import true_range
from .declared import declare, state
from .exponential import next_wilder

INDICATOR = declare(
    'period: int = 10, width: float = 3.0, seed: "talib | tradingview" = "talib"',
    inputs="high low close",
    outputs="line direction",
    warmup="period - seed",
)


@state
class Supertrend:
    """Supertrend: a ``line`` of ``width`` average true ranges beside the price, and its ``direction``, 1 or -1.

    With ``seed="talib"`` true ranges begin with bar 1 and the first trend is up, with ``"tradingview"`` they begin with
    bar 0 and it is down.
    """

    period: int64
    width: float64
    seed: int64
    average: float64 = 0.0
    low: float64 = 0.0
    upper: float64 = 0.0
    lower: float64 = 0.0
    line: float64 = 0.0
    direction: float64 = 0.0


@hot_kernel
def _next_line(middle, reach, close, before, upper, lower, direction, first):
    """Bands only come nearer, but where the close before was beyond them; a close beyond the line turns it."""
    top, bottom = middle + reach, middle - reach
    if direction == 0.0:
        return top, bottom, first
    upper = top if top < upper or before > upper else upper
    lower = bottom if bottom > lower or before < lower else lower
    if direction < 0.0:
        return upper, lower, 1.0 if close > upper else -1.0
    return upper, lower, -1.0 if close < lower else 1.0


@inlined
def update_supertrend(state, high, low, close, t):
    """Take bar ``t``."""
    high, low, close = borrow(high), borrow(low), borrow(close)
    reach, begin = true_range(high, low, close, t), 1 - state.seed
    average, average_low = state.average, state.low
    upper, lower, direction = state.upper, state.lower, state.direction
    if t >= begin:
        average, average_low = next_wilder(average, average_low, reach, t - begin + 1, state.period)
    if t >= begin + state.period - 1:
        middle, before = (high[t] + low[t]) * 0.5, close[max(t - 1, 0)]
        first = 1.0 if state.seed == 0 else -1.0
        upper, lower, direction = _next_line(
            middle, state.width * average, close[t], before, upper, lower, direction, first
        )
    state.average, state.low, state.upper, state.lower = average, average_low, upper, lower
    state.line, state.direction = lower if direction > 0.0 else upper, direction
