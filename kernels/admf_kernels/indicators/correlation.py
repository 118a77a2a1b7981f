"""Correlation of two columns in a window (K. Pearson, 1895)."""

import math

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import inlined, kernel
from ..ownership import borrow
from .declared import declare, state
from .derived_windows import itself, mean_of_sum, next_sum

INDICATOR = declare("period: 2 <= int = 20", inputs="source against", warmup="period - 1")


@state
class Correlation:
    """Correlation of the last values of two columns, -1 to 1; 0 where one of them has not moved."""

    period: int64
    total: float64 = math.nan
    total_low: float64 = 0.0
    other: float64 = math.nan
    other_low: float64 = 0.0
    value: float64 = 0.0


@kernel
def _correlation(x, y, first, t, mean_x, mean_y):
    """Distances are exact near the means, whose rounding is taken off afterwards."""
    squares_x, squares_y, products, total_x, total_y = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(first, t + 1):
        dx, dy = x[i] - mean_x, y[i] - mean_y
        squares_x += dx * dx
        squares_y += dy * dy
        products += dx * dy
        total_x += dx
        total_y += dy
    n = float(t - first + 1)
    squares_x -= divide(total_x * total_x, n)
    squares_y -= divide(total_y * total_y, n)
    products -= divide(total_x * total_y, n)
    if not (squares_x > 0.0 and squares_y > 0.0):
        return 0.0
    return min(max(divide(products, math.sqrt(squares_x) * math.sqrt(squares_y)), -1.0), 1.0)


@inlined
def update_correlation(state, column, against, t):
    """Take bar ``t``."""
    x, y, n, value = borrow(column), borrow(against), state.period, 0.0
    total, total_low = next_sum(itself, (x,), t, 0, n, state.total, state.total_low)
    other, other_low = next_sum(itself, (y,), t, 0, n, state.other, state.other_low)
    if t >= n - 1:
        value = _correlation(x, y, t - n + 1, t, mean_of_sum(total, total_low, n), mean_of_sum(other, other_low, n))
    state.total, state.total_low, state.other, state.other_low, state.value = total, total_low, other, other_low, value
