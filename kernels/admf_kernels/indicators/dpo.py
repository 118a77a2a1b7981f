"""Detrended price oscillator."""

import math

from numba import float64, int64
from numba.types import UniTuple

from ..compilation import inlined
from ..ownership import borrow
from .declared import declare, state
from .derived_windows import itself, mean_of_sum, next_sum

INDICATOR = declare("period: int = 20", inputs="source", warmup="max(period - 1, period // 2 + 1)")


@state
class Dpo:
    """Detrended price oscillator: the source ``period // 2 + 1`` bars ago minus the mean of the last ``period``."""

    period: int64
    sums: UniTuple(float64, 2) = (math.nan, 0.0) * 1
    value: float64 = 0.0


@inlined
def update_dpo(state, column, t):
    """Take bar ``t``."""
    columns = (borrow(column),)
    n, sums = state.period, state.sums
    h0, l0 = next_sum(itself, columns, t, 0, n, sums[0], sums[1])
    state.sums = (h0, l0)
    value, ago = 0.0, n // 2 + 1
    if t >= max(n - 1, ago):
        value = columns[0][t - ago] - mean_of_sum(h0, l0, n)
    state.value = value
