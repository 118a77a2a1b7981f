"""Three white soldiers (Steve Nison, "Japanese Candlestick Charting Techniques", 1991)."""

from numba import float64

from ..compilation import inlined, kernel
from ..ownership import borrow
from .declared import declare, state

INDICATOR = declare(inputs="open close", warmup="2")


@state
class ThreeSoldiers:
    """Three white soldiers: 1 where three bars rise, each from within the body before to a higher close, else 0."""

    value: float64 = 0.0


@kernel
def _sign(open_, close, t):
    for i in range(t - 2, t + 1):
        if not close[i] > open_[i]:
            return 0.0
    for i in range(t - 1, t + 1):
        if not (close[i] > close[i - 1] and open_[i - 1] <= open_[i] <= close[i - 1]):
            return 0.0
    return 1.0


@inlined
def update_three_soldiers(state, open_, close, t):
    """Take bar ``t``."""
    value = 0.0
    if t >= 2:
        value = _sign(borrow(open_), borrow(close), t)
    state.value = value
