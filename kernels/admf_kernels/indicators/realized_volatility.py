"""Realised volatility."""

import math

from numba import float64, int64

from ..arithmetic import divide, natural_logarithm
from ..compilation import hot_kernel, inlined
from ..ownership import borrow
from .declared import declare, state
from .derived_windows import next_sum

INDICATOR = declare("period: int = 20, per_year: float = 252.0", warmup="period")


@state
class RealizedVolatility:
    """Realised volatility of closes, as a fraction a year: the root mean square of log returns, annualised.

    ``per_year`` is how many bars a year has.
    """

    period: int64
    per_year: float64
    total: float64 = math.nan
    total_low: float64 = 0.0
    value: float64 = 0.0


@hot_kernel
def _variance(columns, i):
    change = natural_logarithm(divide(columns[0][i], columns[0][i - 1]))
    return change * change


@inlined
def update_realized_volatility(state, column, t):
    """Take bar ``t``."""
    columns = (borrow(column),)
    n, per_year = float(state.period), state.per_year
    high_part, low_part = next_sum(_variance, columns, t, 1, state.period, state.total, state.total_low)
    total = max(high_part + low_part, 0.0)
    state.total, state.total_low, state.value = high_part, low_part, math.sqrt(per_year * divide(total, n))
