"""Balance of power (I. Livshin, Technical Analysis of Stocks & Commodities, August 2001)."""

from numba import float64

from ..arithmetic import divide
from ..compilation import inlined
from .declared import declare, state

INDICATOR = declare(inputs="open high low close", warmup="0")


@state
class Bop:
    """Balance of power: (close - open) / (high - low), -1 to 1; 0 without a range."""

    value: float64 = 0.0


@inlined
def update_bop(state, open_, high, low, close, t):
    """Take bar ``t``."""
    state.value = divide(close[t] - open_[t], high[t] - low[t]) if high[t] > low[t] else 0.0
