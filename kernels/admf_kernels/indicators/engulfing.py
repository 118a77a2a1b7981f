"""Engulfing pattern (Steve Nison, "Japanese Candlestick Charting Techniques", 1991)."""

from numba import float64

from ..compilation import inlined, kernel
from ..ownership import borrow
from .declared import declare, state

INDICATOR = declare(inputs="open close", warmup="1")


@state
class Engulfing:
    """Engulfing pattern: 1 where a rising body holds the falling one before it, -1 the other way about, else 0."""

    value: float64 = 0.0


@kernel
def _sign(open_, close, t):
    begin, end, begin_before, end_before = open_[t], close[t], open_[t - 1], close[t - 1]
    larger = abs(end - begin) > abs(end_before - begin_before)
    if end > begin and end_before < begin_before and end >= begin_before and begin <= end_before and larger:
        return 1.0
    if end < begin and end_before > begin_before and end <= begin_before and begin >= end_before and larger:
        return -1.0
    return 0.0


@inlined
def update_engulfing(state, open_, close, t):
    """Take bar ``t``."""
    value = 0.0
    if t >= 1:
        value = _sign(borrow(open_), borrow(close), t)
    state.value = value
