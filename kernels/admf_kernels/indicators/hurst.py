"""Hurst exponent (H. E. Hurst, Transactions of the American Society of Civil Engineers, 1951)."""

import math

from numba import float64, int64

from ..arithmetic import divide, natural_logarithm
from ..compilation import inlined, kernel
from ..ownership import borrow
from .declared import declare, state

INDICATOR = declare("period: 8 <= int = 100", warmup="period")


@state
class Hurst:
    """Hurst's K of the last changes: about 0.5 of a random walk, more of a trend, less where prices revert.

    It is 0.5 where all changes are equal.
    """

    period: int64
    value: float64 = 0.5


@kernel
def _exponent(x, t, n):
    begin = x[t - n]
    mean = divide(x[t] - begin, float(n))
    top, bottom, squares = 0.0, 0.0, 0.0
    for k in range(1, n + 1):
        away = (x[t - n + k] - begin) - float(k) * mean
        top, bottom = max(top, away), min(bottom, away)
        distance = (x[t - n + k] - x[t - n + k - 1]) - mean
        squares += distance * distance
    deviation = math.sqrt(divide(squares, float(n)))
    if not (deviation > 0.0 and top - bottom > 0.0):
        return 0.5
    return divide(natural_logarithm(divide(top - bottom, deviation)), natural_logarithm(float(n) * 0.5))


@inlined
def update_hurst(state, column, t):
    """Take bar ``t`` of ``column``."""
    value = 0.5
    if t >= state.period:
        value = _exponent(borrow(column), t, state.period)
    state.value = value
