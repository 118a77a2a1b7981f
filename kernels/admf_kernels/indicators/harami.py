"""Harami (Steve Nison, "Japanese Candlestick Charting Techniques", 1991)."""

from numba import float64

from ..compilation import inlined, kernel
from ..ownership import borrow
from .declared import declare, state

INDICATOR = declare(inputs="open close", warmup="1")


@state
class Harami:
    """Harami: 1 where a body lies within the falling one before it, -1 within a rising one, else 0."""

    value: float64 = 0.0


@kernel
def _sign(open_, close, t):
    begin, end, begin_before, end_before = open_[t], close[t], open_[t - 1], close[t - 1]
    inside = max(begin, end) < max(begin_before, end_before) and min(begin, end) > min(begin_before, end_before)
    if not inside:
        return 0.0
    return 1.0 if end_before < begin_before else -1.0


@inlined
def update_harami(state, open_, close, t):
    """Take bar ``t``."""
    value = 0.0
    if t >= 1:
        value = _sign(borrow(open_), borrow(close), t)
    state.value = value
