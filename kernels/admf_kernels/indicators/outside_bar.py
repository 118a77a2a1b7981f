"""Outside bar."""

from numba import float64

from ..compilation import inlined, kernel
from ..ownership import borrow
from .declared import declare, state

INDICATOR = declare(inputs="high low", warmup="1")


@state
class OutsideBar:
    """Outside bar: 1 where the bar goes beyond the range of the one before it on both sides, else 0."""

    value: float64 = 0.0


@kernel
def _sign(high, low, t):
    return 1.0 if high[t] > high[t - 1] and low[t] < low[t - 1] else 0.0


@inlined
def update_outside_bar(state, high, low, t):
    """Take bar ``t``."""
    value = 0.0
    if t >= 1:
        value = _sign(borrow(high), borrow(low), t)
    state.value = value
