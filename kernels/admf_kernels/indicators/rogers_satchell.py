"""Rogers and Satchell's volatility (L. Rogers and S. Satchell, Annals of Applied Probability, 1991)."""

import math

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import hot_kernel, inlined
from ..ownership import borrow
from .declared import declare, state
from .derived_windows import next_sum
from .drift_free import drift_free

INDICATOR = declare("period: int = 20, per_year: float = 252.0", inputs="open high low close", warmup="period - 1")


@state
class RogersSatchell:
    """Rogers and Satchell's volatility, as a fraction a year, which a trend does not disturb.

    ``per_year`` is how many bars a year has.
    """

    period: int64
    per_year: float64
    total: float64 = math.nan
    total_low: float64 = 0.0
    value: float64 = 0.0


@hot_kernel
def _variance(columns, i):
    return drift_free(columns[0], columns[1], columns[2], columns[3], i)


@inlined
def update_rogers_satchell(state, open_, high, low, close, t):
    """Take bar ``t``."""
    columns = (borrow(open_), borrow(high), borrow(low), borrow(close))
    n, per_year = float(state.period), state.per_year
    high_part, low_part = next_sum(_variance, columns, t, 0, state.period, state.total, state.total_low)
    total = max(high_part + low_part, 0.0)
    state.total, state.total_low, state.value = high_part, low_part, math.sqrt(per_year * divide(total, n))
