"""On-balance volume (J. Granville, "New Key to Stock Market Profits", 1963)."""

from numba import float64

from ..compilation import inlined
from ..error_free import add
from ..ownership import borrow
from .declared import declare, state

INDICATOR = declare(inputs="source volume", warmup="0")


@state
class Obv:
    """On-balance volume: volume of rising bars minus that of falling ones, since the first bar, whose volume counts."""

    high: float64 = 0.0
    low: float64 = 0.0
    value: float64 = 0.0


@inlined
def update_obv(state, column, volume, t):
    """Take bar ``t``."""
    column, volume = borrow(column), borrow(volume)
    change = column[t] - column[max(t - 1, 0)]
    traded = volume[t] if change > 0.0 or t == 0 else (-volume[t] if change < 0.0 else 0.0)
    high, low, _ = add(state.high, state.low, traded)
    state.high, state.low, state.value = high, low, high
