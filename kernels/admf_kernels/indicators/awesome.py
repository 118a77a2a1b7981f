"""Awesome oscillator (B. Williams, "New Trading Dimensions", 1998)."""

import math

from numba import float64, int64
from numba.types import UniTuple

from ..compilation import inlined
from ..ownership import borrow
from .bar_prices import middle_price
from .declared import declare, state
from .derived_windows import mean_of_sum, next_sum

INDICATOR = declare(
    "fast_period: int = 5, period: int = 34", inputs="high low", warmup="period - 1", rising="fast_period period"
)


@state
class Awesome:
    """Awesome oscillator: mean middle price of the last ``fast_period`` bars minus that of ``period``."""

    fast_period: int64
    period: int64
    sums: UniTuple(float64, 4) = (math.nan, 0.0) * 2
    value: float64 = 0.0


@inlined
def update_awesome(state, high, low, t):
    """Take bar ``t``."""
    columns = (borrow(high), borrow(low))
    n, sums = state.period, state.sums
    h0, l0 = next_sum(middle_price, columns, t, 0, state.fast_period, sums[0], sums[1])
    h1, l1 = next_sum(middle_price, columns, t, 0, n, sums[2], sums[3])
    state.sums = (h0, l0, h1, l1)
    state.value = mean_of_sum(h0, l0, state.fast_period) - mean_of_sum(h1, l1, n)
