"""Morning star (Steve Nison, "Japanese Candlestick Charting Techniques", 1991)."""

from numba import float64

from ..compilation import inlined, kernel
from ..ownership import borrow
from .declared import declare, state

INDICATOR = declare("share: 0 <= float <= 1 = 0.3", inputs="open high low close", warmup="2")


@state
class MorningStar:
    """Morning star: 1 where a fall is followed by a small body and a rise beyond its middle, else 0.

    The first body is at least half its bar's range, the second at most ``share`` of the first.
    """

    share: float64
    value: float64 = 0.0


@kernel
def _sign(open_, high, low, close, t, share):
    first, second = abs(close[t - 2] - open_[t - 2]), abs(close[t - 1] - open_[t - 1])
    middle = (open_[t - 2] + close[t - 2]) * 0.5
    long, small = first >= 0.5 * (high[t - 2] - low[t - 2]), second <= share * first
    return 1.0 if close[t - 2] < open_[t - 2] and long and small and close[t] > open_[t] and close[t] > middle else 0.0


@inlined
def update_morning_star(state, open_, high, low, close, t):
    """Take bar ``t``."""
    value = 0.0
    if t >= 2:
        value = _sign(borrow(open_), borrow(high), borrow(low), borrow(close), t, state.share)
    state.value = value
