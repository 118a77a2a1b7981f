"""Ultimate oscillator (L. Williams, Technical Analysis of Stocks & Commodities, April 1985)."""

import math

from numba import float64, int64
from numba.types import UniTuple

from ..arithmetic import divide
from ..compilation import hot_kernel, inlined
from . import bar_prices
from .declared import declare, state
from .derived_windows import next_sum
from .directional import three

INDICATOR = declare(
    "short_period: int = 7, period: int = 14, long_period: int = 28",
    inputs="high low close",
    warmup="long_period",
    rising="short_period period long_period",
)


@state
class Ultosc:
    """Ultimate oscillator: buying pressure over true range in three windows, weighed 4, 2 and 1, 0 to 100.

    A window in which nothing moved counts as 50.
    """

    short_period: int64
    period: int64
    long_period: int64
    short_sums: UniTuple(float64, 4) = (math.nan, 0.0, math.nan, 0.0)
    sums: UniTuple(float64, 4) = (math.nan, 0.0, math.nan, 0.0)
    long_sums: UniTuple(float64, 4) = (math.nan, 0.0, math.nan, 0.0)
    value: float64 = 50.0


@hot_kernel
def _pressure(columns, i):
    _, low, close = columns
    return close[i] - min(low[i], close[i - 1])


@hot_kernel
def _reach(columns, i):
    high, low, close = columns
    return bar_prices.true_range(high, low, close, i)


@hot_kernel
def _next(columns, t, n, sums):
    pressure, pressure_low = next_sum(_pressure, columns, t, 1, n, sums[0], sums[1])
    reach, reach_low = next_sum(_reach, columns, t, 1, n, sums[2], sums[3])
    total = reach + reach_low
    return (pressure, pressure_low, reach, reach_low), divide(pressure + pressure_low, total) if total > 0.0 else 0.5


@inlined
def update_ultosc(state, high, low, close, t):
    """Take bar ``t``."""
    columns = three(high, low, close)
    short_sums, short_share = _next(columns, t, state.short_period, state.short_sums)
    sums, share = _next(columns, t, state.period, state.sums)
    long_sums, long_share = _next(columns, t, state.long_period, state.long_sums)
    state.short_sums, state.sums, state.long_sums = short_sums, sums, long_sums
    state.value = 100.0 * divide((4.0 * short_share + 2.0 * share) + long_share, 7.0)
