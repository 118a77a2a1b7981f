"""Mass index (D. Dorsey, Technical Analysis of Stocks & Commodities, June 1992)."""

from numba import float64, int64
from numba.types import UniTuple

from ..arithmetic import divide
from ..compilation import hot_kernel, inlined, kernel
from ..ownership import borrow
from .declared import declare, state
from .derived_windows import slid
from .exponential import average_from

INDICATOR = declare(
    "smoothing: int = 9, period: int = 25", inputs="high low", warmup="2 * (smoothing - 1) + period - 1"
)


@state
class MassIndex:
    """Mass index: sum of ratios of an exponential average of the range to the average of that; swells before turns.

    A ratio is 1 where there was no range at all.
    """

    smoothing: int64
    period: int64
    weight: float64 = "divide(2.0, smoothing + 1.0)"
    averages: UniTuple(float64, 4) = (0.0, 0.0, 0.0, 0.0)
    # The same as they were ``period`` bars ago, which is what leaves the window.
    old_averages: UniTuple(float64, 4) = (0.0, 0.0, 0.0, 0.0)
    total: float64 = 0.0
    total_low: float64 = 0.0
    value: float64 = 0.0


@hot_kernel
def _next(high, low, t, n, weight, averages):
    if t < 0:
        return averages, 1.0
    first, first_low = average_from(0, averages[0], averages[1], high[t] - low[t], t, n, weight)
    second, second_low = average_from(n - 1, averages[2], averages[3], first, t, n, weight)
    return (first, first_low, second, second_low), divide(first, second) if second > 0.0 else 1.0


@kernel
def _fresh(high, low, t, n, weight, period, averages):
    total, total_low = 0.0, 0.0
    for i in range(t - period + 1, t + 1):
        averages, ratio = _next(high, low, i, n, weight, averages)
        total, total_low, _ = slid(total, total_low, ratio, 0.0)
    return total, total_low


@inlined
def update_mass_index(state, high, low, t):
    """Take bar ``t``."""
    high, low, n, weight, period = borrow(high), borrow(low), state.smoothing, state.weight, state.period
    averages, ratio = _next(high, low, t, n, weight, state.averages)
    old_averages, old_ratio = _next(high, low, t - period, n, weight, state.old_averages)
    total, total_low, exact, first = state.total, state.total_low, False, 2 * (n - 1)
    if t >= first + period - 1:
        if t >= first + period:
            total, total_low, exact = slid(total, total_low, ratio, old_ratio)
        if not exact:
            total, total_low = _fresh(high, low, t, n, weight, period, old_averages)
    state.averages, state.old_averages, state.total, state.total_low = averages, old_averages, total, total_low
    state.value = total + total_low
