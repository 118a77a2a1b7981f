"""Three black crows (Steve Nison, "Japanese Candlestick Charting Techniques", 1991)."""

from numba import float64

from ..compilation import inlined, kernel
from ..ownership import borrow
from .declared import declare, state

INDICATOR = declare(inputs="open close", warmup="2")


@state
class ThreeCrows:
    """Three black crows: -1 where three bars fall, each from within the body before to a lower close, else 0."""

    value: float64 = 0.0


@kernel
def _sign(open_, close, t):
    for i in range(t - 2, t + 1):
        if not close[i] < open_[i]:
            return 0.0
    for i in range(t - 1, t + 1):
        if not (close[i] < close[i - 1] and close[i - 1] <= open_[i] <= open_[i - 1]):
            return 0.0
    return -1.0


@inlined
def update_three_crows(state, open_, close, t):
    """Take bar ``t``."""
    value = 0.0
    if t >= 2:
        value = _sign(borrow(open_), borrow(close), t)
    state.value = value
