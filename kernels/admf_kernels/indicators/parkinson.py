"""Parkinson's volatility (M. Parkinson, Journal of Business, 1980)."""

import math

from numba import float64, int64

from ..arithmetic import divide, natural_logarithm
from ..compilation import hot_kernel, inlined
from ..ownership import borrow
from .declared import declare, state
from .derived_windows import next_sum

INDICATOR = declare("period: int = 20, per_year: float = 252.0", inputs="high low", warmup="period - 1")
_FOUR_LN_2 = 2.772588722239781


@state
class Parkinson:
    """Parkinson's volatility of highs and lows, as a fraction a year.

    ``per_year`` is how many bars a year has.
    """

    period: int64
    per_year: float64
    total: float64 = math.nan
    total_low: float64 = 0.0
    value: float64 = 0.0


@hot_kernel
def _variance(columns, i):
    span = natural_logarithm(divide(columns[0][i], columns[1][i]))
    return span * span


@inlined
def update_parkinson(state, high, low, t):
    """Take bar ``t``."""
    columns = (borrow(high), borrow(low))
    n, per_year = float(state.period), state.per_year
    high_part, low_part = next_sum(_variance, columns, t, 0, state.period, state.total, state.total_low)
    total = max(high_part + low_part, 0.0)
    state.total, state.total_low, state.value = high_part, low_part, math.sqrt(per_year * divide(total, n * _FOUR_LN_2))
