"""Triangular moving average: the mean of means."""

import math

from numba import float64, int64

from ..compilation import inlined, kernel
from ..error_free import add, two_product
from ..ownership import borrow
from .declared import declare, state
from .derived_windows import itself, mean_of_sum, next_sum, slid

INDICATOR = declare("period: int", warmup="period - 1", takes_gaps=True)


@state
class Trima:
    """Triangular moving average: weights rise to the middle of the last ``period`` bars and fall after it."""

    period: int64
    half: int64 = "(period + 1) // 2"
    front: float64 = math.nan
    front_low: float64 = 0.0
    back: float64 = math.nan
    back_low: float64 = 0.0
    weighted: float64 = math.nan
    weighted_low: float64 = 0.0
    value: float64 = 0.0


@kernel
def _next_weighted(column, t, n, half, weighted, weighted_low, front, back):
    """The weighted sum: each weight of the newer half rises by one, and each of the older half falls by one."""
    exact = False
    if t >= n:
        weighted, weighted_low, exact = slid(weighted, weighted_low, front[0], back[0])
        weighted, weighted_low, also = slid(weighted, weighted_low, front[1], back[1])
        exact = exact and also
    if not exact:
        weighted, weighted_low = 0.0, 0.0
        for i in range(n):
            product, error = two_product(float(min(i + 1, min(n - i, half))), column[t - n + 1 + i])
            weighted, weighted_low, _ = add(weighted, weighted_low, product)
            weighted, weighted_low, _ = add(weighted, weighted_low, error)
    return weighted, weighted_low


@inlined
def update_trima(state, column, t):
    """Take bar ``t`` of ``column``."""
    column, n, half = borrow(column), state.period, state.half
    ago = n - half + 1
    front, front_low = next_sum(itself, (column,), t, 0, half, state.front, state.front_low)
    back, back_low = next_sum(itself, (column,), t - ago, 0, half, state.back, state.back_low)
    weighted, weighted_low, value = state.weighted, state.weighted_low, state.value
    if t >= n - 1:
        weighted, weighted_low = _next_weighted(
            column, t, n, half, weighted, weighted_low, (front, front_low), (back, back_low)
        )
        value = mean_of_sum(weighted, weighted_low, half * (n - half + 1))
    state.front, state.front_low, state.back, state.back_low = front, front_low, back, back_low
    state.weighted, state.weighted_low, state.value = weighted, weighted_low, value
