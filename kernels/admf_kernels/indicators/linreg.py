"""Linear regression of a window on time."""

import math

from numba import float64, int64
from numba.types import UniTuple

from ..arithmetic import divide
from ..compilation import hot_kernel, inlined
from ..error_free import nearest_quotient, two_product, two_sum
from ..ownership import borrow
from .declared import declare, state
from .derived_windows import itself, next_weighted_sum

INDICATOR = declare(
    "period: 2 <= int = 14", outputs="value slope intercept forecast", warmup="period - 1", takes_gaps=True
)


@state
class Linreg:
    """Least-squares line through the last values: its ``value`` at the bar, ``slope``, ``intercept``, ``forecast``.

    The intercept is its value at the window's first bar, the forecast that at the next bar.
    """

    period: int64
    total: UniTuple(float64, 2) = (math.nan, 0.0)
    weighted: UniTuple(float64, 2) = (0.0, 0.0)
    value: float64 = 0.0
    slope: float64 = 0.0
    intercept: float64 = 0.0
    forecast: float64 = 0.0


@hot_kernel
def _quotient(a, total, b, weighted, divisor):
    """(a * total + b * weighted) / divisor, of sums in two doubles."""
    first, first_low = two_product(a, total[0])
    second, second_low = two_product(b, weighted[0])
    high, low = two_sum(first, second)
    high, low = two_sum(high, low + ((first_low + second_low) + (a * total[1] + b * weighted[1])))
    return nearest_quotient(high, low, divisor)


@inlined
def update_linreg(state, column, t):
    """Take bar ``t`` of ``column``."""
    n, m = state.period, float(state.period)
    total, weighted = next_weighted_sum(itself, (borrow(column),), t, 0, n, state.total, state.weighted)
    half = m * (m + 1.0) * 0.5
    slope = _quotient(-(m + 1.0), total, 2.0, weighted, divide(m * (m * m - 1.0), 6.0))
    value = _quotient(-(m + 1.0), total, 3.0, weighted, half)
    state.total, state.weighted, state.slope, state.value = total, weighted, slope, value
    state.intercept = _quotient(2.0 * (m + 1.0), total, -3.0, weighted, half)
    state.forecast = value + slope
