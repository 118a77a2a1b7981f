"""Average true range whose first bar counts, as TradingView's does."""

from numba import float64, int64

from ..compilation import inlined
from ..ownership import borrow
from .bar_prices import true_range
from .declared import declare, state
from .exponential import next_wilder

INDICATOR = declare("period: int = 14", inputs="high low close", warmup="period - 1")


@state
class AtrTradingview:
    """Wilder's average true range, in units of price, of which the range of the first bar is part."""

    period: int64
    low: float64 = 0.0
    value: float64 = 0.0


@inlined
def update_atr_tradingview(state, high, low, close, t):
    """Take bar ``t``."""
    reach = true_range(borrow(high), borrow(low), borrow(close), t)
    state.value, state.low = next_wilder(state.value, state.low, reach, t + 1, state.period)
