"""Variance of a window."""

import math

from numba import float64, int64
from numba.types import UniTuple

from ..compilation import inlined
from ..ownership import borrow
from .declared import declare, state
from .window_moments import next_moments

INDICATOR = declare("period: int", warmup="period - 1", takes_gaps=True)


@state
class Variance:
    """Population variance of the last ``period`` values."""

    period: int64
    sums: UniTuple(float64, 6) = (0.0, 0.0, math.nan, 0.0, 0.0, -1.0)
    value: float64 = 0.0


@inlined
def update_variance(state, column, t):
    """Take bar ``t`` of ``column``."""
    s = state.sums
    anchor, rest, floor, high, low, doubt, _, variance = next_moments(
        borrow(column), t, state.period, s[0], s[1], s[2], s[3], s[4], s[5]
    )
    state.sums, state.value = (anchor, rest, floor, high, low, doubt), variance
