"""Quantile of a window."""

import math

from numba import float64, int64

from ..compilation import inlined
from ..ownership import borrow
from .declared import declare, state
from .order_statistics import next_ordered

INDICATOR = declare("period: int, share: 0 <= float <= 1 = 0.5", warmup="period - 1")


@state
class Quantile:
    """Value that a ``share`` of the last values is below, in a straight line between the two that are nearest."""

    period: int64
    share: float64
    lower: float64 = math.nan
    value: float64 = 0.0


@inlined
def update_quantile(state, column, t):
    """Take bar ``t`` of ``column``."""
    place = state.share * float(state.period - 1)
    rank = int(place)
    lower, upper = next_ordered(borrow(column), t, state.period, rank, state.lower)
    state.lower = lower
    state.value = lower + (place - float(rank)) * (upper - lower)
