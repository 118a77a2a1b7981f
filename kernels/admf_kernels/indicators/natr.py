"""Normalised average true range (J. Forman, Technical Analysis of Stocks & Commodities, May 2006)."""

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import inlined
from ..ownership import borrow
from .bar_prices import true_range
from .declared import declare, state
from .exponential import next_wilder

INDICATOR = declare(
    'period: int = 14, seed: "talib | tradingview" = "talib"', inputs="high low close", warmup="period - seed"
)


@state
class Natr:
    """Wilder's average true range in percent of the close.

    With ``seed="talib"`` true ranges begin with bar 1, with ``"tradingview"`` with bar 0.
    """

    period: int64
    seed: int64
    average: float64 = 0.0
    low: float64 = 0.0
    value: float64 = 0.0


@inlined
def update_natr(state, high, low, close, t):
    """Take bar ``t``."""
    reach, begin = true_range(borrow(high), borrow(low), borrow(close), t), 1 - state.seed
    average, average_low = state.average, state.low
    if t >= begin:
        average, average_low = next_wilder(average, average_low, reach, t - begin + 1, state.period)
    state.average, state.low = average, average_low
    state.value = 100.0 * divide(average, close[t])
