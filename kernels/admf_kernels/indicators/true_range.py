"""True range (J. W. Wilder, "New Concepts in Technical Trading Systems", 1978)."""

from numba import float64

from ..compilation import inlined
from ..ownership import borrow
from . import bar_prices
from .declared import declare, state

INDICATOR = declare(inputs="high low close", warmup="1")
_true_range = bar_prices.true_range


@state
class TrueRange:
    """True range: the range of the bar and of the close before it, in units of price."""

    value: float64 = 0.0


@inlined
def update_true_range(state, high, low, close, t):
    """Take bar ``t``."""
    state.value = _true_range(borrow(high), borrow(low), borrow(close), t)
