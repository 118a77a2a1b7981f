"""Vortex indicator (E. Botes and D. Siepman, Technical Analysis of Stocks & Commodities, January 2010)."""

import math

from numba import float64, int64
from numba.types import UniTuple

from ..arithmetic import divide
from ..compilation import hot_kernel, inlined
from ..ownership import borrow
from .bar_prices import true_range
from .declared import declare, state
from .derived_windows import next_sum

INDICATOR = declare("period: int = 14", inputs="high low close", outputs="plus minus", warmup="period")


@state
class Vortex:
    """Vortex indicator: movement up (``plus``) and down (``minus``) over the true range of the last bars."""

    period: int64
    sums: UniTuple(float64, 6) = (math.nan, 0.0) * 3
    plus: float64 = 0.0
    minus: float64 = 0.0


@hot_kernel
def _up(columns, i):
    return abs(columns[0][i] - columns[1][i - 1])


@hot_kernel
def _down(columns, i):
    return abs(columns[1][i] - columns[0][i - 1])


@hot_kernel
def _reach(columns, i):
    high, low, close = columns
    return true_range(high, low, close, i)


@inlined
def update_vortex(state, high, low, close, t):
    """Take bar ``t``."""
    columns = (borrow(high), borrow(low), borrow(close))
    n, sums = state.period, state.sums
    h0, l0 = next_sum(_up, columns, t, 1, n, sums[0], sums[1])
    h1, l1 = next_sum(_down, columns, t, 1, n, sums[2], sums[3])
    h2, l2 = next_sum(_reach, columns, t, 1, n, sums[4], sums[5])
    s0 = h0 + l0
    s1 = h1 + l1
    s2 = h2 + l2
    state.sums = (h0, l0, h1, l1, h2, l2)
    state.plus = divide(s0, s2) if s2 > 0.0 else 0.0
    state.minus = divide(s1, s2) if s2 > 0.0 else 0.0
