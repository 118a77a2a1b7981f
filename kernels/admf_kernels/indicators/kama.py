"""Kaufman's adaptive moving average (P. Kaufman, "Smarter Trading", 1995)."""

import math

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import hot_kernel, inlined
from ..ownership import borrow
from .declared import declare, state
from .derived_windows import next_sum

INDICATOR = declare("period: int = 10, fast_period: int = 2, slow_period: int = 30", warmup="period")


@state
class Kama:
    """Kaufman's adaptive moving average, faster the straighter the last ``period`` changes lead one way."""

    period: int64
    fast_period: int64
    slow_period: int64
    fast: float64 = "divide(2.0, fast_period + 1.0)"
    slow: float64 = "divide(2.0, slow_period + 1.0)"
    path: float64 = math.nan
    path_low: float64 = 0.0
    value: float64 = 0.0


@hot_kernel
def _step(columns, i):
    return abs(columns[0][i] - columns[0][i - 1])


@inlined
def update_kama(state, column, t):
    """Take bar ``t`` of ``column``."""
    column, n, value = borrow(column), state.period, state.value
    path, path_low = next_sum(_step, (column,), t, 1, n, state.path, state.path_low)
    if t >= n:
        length, way = path + path_low, abs(column[t] - column[t - n])
        efficiency = divide(way, length) if length > way else 1.0
        rate = efficiency * (state.fast - state.slow) + state.slow
        before = value if t > n else column[t - 1]
        value = before + rate * rate * (column[t] - before)
    state.path, state.path_low, state.value = path, path_low, value
