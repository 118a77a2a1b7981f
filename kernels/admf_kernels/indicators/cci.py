"""Commodity channel index (D. Lambert, Commodities, October 1980)."""

import math

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import hot_kernel, inlined, kernel
from .bar_prices import typical_price
from .declared import declare, state
from .derived_windows import mean_of_sum, next_sum
from .directional import three

INDICATOR = declare("period: int = 20", inputs="high low close", warmup="period - 1")


@state
class Cci:
    """Commodity channel index: distance of the typical price from its mean, over 0.015 mean absolute deviations.

    It is 0 where the typical price has not moved within the window.
    """

    period: int64
    total: float64 = math.nan
    total_low: float64 = 0.0
    value: float64 = 0.0


@hot_kernel
def _price(columns, i):
    high, low, close = columns
    return typical_price(high, low, close, i)


@kernel
def _mean_distance(columns, t, n, mean):
    total = 0.0
    for i in range(t - n + 1, t + 1):
        total += abs(_price(columns, i) - mean)
    return divide(total, float(n))


@inlined
def update_cci(state, high, low, close, t):
    """Take bar ``t``."""
    columns, n, value = three(high, low, close), state.period, 0.0
    total, total_low = next_sum(_price, columns, t, 0, n, state.total, state.total_low)
    if t >= n - 1:
        mean = mean_of_sum(total, total_low, n)
        distance = _mean_distance(columns, t, n, mean)
        value = divide(_price(columns, t) - mean, 0.015 * distance) if distance > 0.0 else 0.0
    state.total, state.total_low, state.value = total, total_low, value
