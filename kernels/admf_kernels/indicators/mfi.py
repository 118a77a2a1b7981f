"""Money flow index (G. Quong and A. Soudack, Technical Analysis of Stocks & Commodities, March 1989)."""

import math

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import hot_kernel, inlined
from ..ownership import borrow
from .bar_prices import typical_price
from .declared import declare, state
from .derived_windows import next_sum

INDICATOR = declare("period: int = 14", inputs="high low close volume", warmup="period")


@state
class Mfi:
    """Money flow index: turnover of rising bars in percent of that of all that moved, 0 to 100; 50 where none did."""

    period: int64
    up: float64 = math.nan
    up_low: float64 = 0.0
    down: float64 = math.nan
    down_low: float64 = 0.0
    value: float64 = 50.0


@hot_kernel
def _rising(columns, i):
    high, low, close, volume = columns
    price, before = typical_price(high, low, close, i), typical_price(high, low, close, i - 1)
    return price * volume[i] if price > before else 0.0


@hot_kernel
def _falling(columns, i):
    high, low, close, volume = columns
    price, before = typical_price(high, low, close, i), typical_price(high, low, close, i - 1)
    return price * volume[i] if price < before else 0.0


@inlined
def update_mfi(state, high, low, close, volume, t):
    """Take bar ``t``."""
    columns, n = (borrow(high), borrow(low), borrow(close), borrow(volume)), state.period
    up, up_low = next_sum(_rising, columns, t, 1, n, state.up, state.up_low)
    down, down_low = next_sum(_falling, columns, t, 1, n, state.down, state.down_low)
    rising, falling = up + up_low, down + down_low
    both = rising + falling
    state.up, state.up_low, state.down, state.down_low = up, up_low, down, down_low
    state.value = 100.0 * divide(rising, both) if both > 0.0 else 50.0
