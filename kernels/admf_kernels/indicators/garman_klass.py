"""Garman and Klass's volatility (M. Garman and M. Klass, Journal of Business, 1980)."""

import math

from numba import float64, int64

from ..arithmetic import divide, natural_logarithm
from ..compilation import hot_kernel, inlined
from ..ownership import borrow
from .declared import declare, state
from .derived_windows import next_sum

INDICATOR = declare("period: int = 20, per_year: float = 252.0", inputs="open high low close", warmup="period - 1")
_TWO_LN_2_LESS_1 = 0.3862943611198906


@state
class GarmanKlass:
    """Garman and Klass's volatility of open, high, low and close, as a fraction a year.

    ``per_year`` is how many bars a year has.
    """

    period: int64
    per_year: float64
    total: float64 = math.nan
    total_low: float64 = 0.0
    value: float64 = 0.0


@hot_kernel
def _variance(columns, i):
    open_, high, low, close = columns
    span = natural_logarithm(divide(high[i], low[i]))
    change = natural_logarithm(divide(close[i], open_[i]))
    return 0.5 * span * span - _TWO_LN_2_LESS_1 * change * change


@inlined
def update_garman_klass(state, open_, high, low, close, t):
    """Take bar ``t``."""
    columns = (borrow(open_), borrow(high), borrow(low), borrow(close))
    n, per_year = float(state.period), state.per_year
    high_part, low_part = next_sum(_variance, columns, t, 0, state.period, state.total, state.total_low)
    total = max(high_part + low_part, 0.0)
    state.total, state.total_low, state.value = high_part, low_part, math.sqrt(per_year * divide(total, n))
