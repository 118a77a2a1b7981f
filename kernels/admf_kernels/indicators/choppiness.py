"""Choppiness index (E. W. Dreiss, 1993)."""

import math

from numba import float64, int64
from numba.types import UniTuple

from ..arithmetic import divide, natural_logarithm
from ..compilation import hot_kernel, inlined
from ..ownership import borrow
from .bar_prices import true_range
from .declared import declare, state
from .derived_windows import next_sum
from .window import next_maximum, next_minimum

INDICATOR = declare("period: 2 <= int = 14", inputs="high low close", warmup="period")


@state
class Choppiness:
    """Choppiness index: the way of the price over its range in the last bars, 0 in a trend to 100.

    It is 100 where the price has no range.
    """

    period: int64
    scale: float64 = "divide(100.0, natural_logarithm(float(period)))"
    top: float64 = -math.inf
    top_at: int64 = -1
    bottom: float64 = math.inf
    bottom_at: int64 = -1
    sums: UniTuple(float64, 2) = (math.nan, 0.0) * 1
    value: float64 = 0.0


@hot_kernel
def _reach(columns, i):
    high, low, close = columns
    return true_range(high, low, close, i)


@inlined
def update_choppiness(state, high, low, close, t):
    """Take bar ``t``."""
    columns = (borrow(high), borrow(low), borrow(close))
    n, sums = state.period, state.sums
    h0, l0 = next_sum(_reach, columns, t, 1, n, sums[0], sums[1])
    s0 = h0 + l0
    state.sums = (h0, l0)
    top, top_at = next_maximum(columns[0], t, n, state.top, state.top_at)
    bottom, bottom_at = next_minimum(columns[1], t, n, state.bottom, state.bottom_at)
    span = top - bottom
    state.top, state.top_at, state.bottom, state.bottom_at = top, top_at, bottom, bottom_at
    state.value = state.scale * natural_logarithm(divide(s0, span)) if span > 0.0 and s0 > 0.0 else 100.0
