"""Chaikin money flow (M. Chaikin)."""

import math

from numba import float64, int64
from numba.types import UniTuple

from ..arithmetic import divide
from ..compilation import hot_kernel, inlined
from ..ownership import borrow
from .bar_prices import money_flow
from .declared import declare, state
from .derived_windows import next_sum

INDICATOR = declare("period: int = 20", inputs="high low close volume", warmup="period - 1")


@state
class Cmf:
    """Chaikin money flow: money flow over volume of the last bars, -1 to 1; 0 without volume."""

    period: int64
    sums: UniTuple(float64, 4) = (math.nan, 0.0) * 2
    value: float64 = 0.0


@hot_kernel
def _flow(columns, i):
    high, low, close, volume = columns
    return money_flow(high, low, close, volume, i)


@hot_kernel
def _volume(columns, i):
    return columns[3][i]


@inlined
def update_cmf(state, high, low, close, volume, t):
    """Take bar ``t``."""
    columns = (borrow(high), borrow(low), borrow(close), borrow(volume))
    n, sums = state.period, state.sums
    h0, l0 = next_sum(_flow, columns, t, 0, n, sums[0], sums[1])
    h1, l1 = next_sum(_volume, columns, t, 0, n, sums[2], sums[3])
    s0 = h0 + l0
    s1 = h1 + l1
    state.sums = (h0, l0, h1, l1)
    state.value = divide(s0, s1) if s1 > 0.0 else 0.0
