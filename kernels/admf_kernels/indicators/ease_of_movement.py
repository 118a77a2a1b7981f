"""Ease of movement (R. Arms, 1996)."""

import math

from numba import float64, int64
from numba.types import UniTuple

from ..arithmetic import divide
from ..compilation import hot_kernel, inlined
from ..ownership import borrow
from .declared import declare, state
from .derived_windows import mean_of_sum, next_sum

INDICATOR = declare("period: int = 14, scale: float = 10000.0", inputs="high low volume", warmup="period")


@state
class EaseOfMovement:
    """Ease of movement: mean of the middle price's change times the bar's range over volume, times ``scale``.

    A bar without volume counts as 0.
    """

    period: int64
    scale: float64
    sums: UniTuple(float64, 2) = (math.nan, 0.0) * 1
    value: float64 = 0.0


@hot_kernel
def _ease(columns, i):
    high, low, volume = columns
    moved = (high[i] + low[i]) * 0.5 - (high[i - 1] + low[i - 1]) * 0.5
    return divide(moved * (high[i] - low[i]), volume[i]) if volume[i] > 0.0 else 0.0


@inlined
def update_ease_of_movement(state, high, low, volume, t):
    """Take bar ``t``."""
    columns = (borrow(high), borrow(low), borrow(volume))
    n, sums = state.period, state.sums
    h0, l0 = next_sum(_ease, columns, t, 1, n, sums[0], sums[1])
    state.sums = (h0, l0)
    state.value = state.scale * mean_of_sum(h0, l0, n)
