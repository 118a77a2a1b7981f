"""Bollinger's band width (J. Bollinger, "Bollinger on Bollinger Bands", 2001)."""

import math

from numba import float64, int64
from numba.types import UniTuple

from ..arithmetic import divide
from ..compilation import inlined
from ..ownership import borrow
from .declared import declare, state
from .window_moments import next_moments

INDICATOR = declare("period: int = 20, width: float = 2.0", warmup="period - 1", takes_gaps=True)


@state
class BollingerWidth:
    """Distance between the Bollinger bands, as a fraction of the middle one."""

    period: int64
    width: float64
    sums: UniTuple(float64, 6) = (0.0, 0.0, math.nan, 0.0, 0.0, -1.0)
    value: float64 = 0.0


@inlined
def update_bollinger_width(state, column, t):
    """Take bar ``t`` of ``column``."""
    s = state.sums
    anchor, rest, floor, high, low, doubt, mean, variance = next_moments(
        borrow(column), t, state.period, s[0], s[1], s[2], s[3], s[4], s[5]
    )
    reach = state.width * math.sqrt(variance)
    state.sums = (anchor, rest, floor, high, low, doubt)
    state.value = divide(2.0 * reach, mean) if mean != 0.0 else 0.0
