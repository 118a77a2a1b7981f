"""Median of a window."""

import math

from numba import float64, int64

from ..compilation import inlined
from ..ownership import borrow
from .declared import declare, state
from .order_statistics import next_ordered

INDICATOR = declare("period: int", warmup="period - 1")


@state
class Median:
    """Median of the last ``period`` values; of an even number the middle between two."""

    period: int64
    lower: float64 = math.nan
    value: float64 = 0.0


@inlined
def update_median(state, column, t):
    """Take bar ``t`` of ``column``."""
    n = state.period
    lower, upper = next_ordered(borrow(column), t, n, (n - 1) // 2, state.lower)
    state.lower = lower
    state.value = lower if n % 2 == 1 else lower + (upper - lower) * 0.5
