"""Keltner channel (C. Keltner, 1960, as L. Raschke draws it)."""

from numba import float64, int64

from ..compilation import inlined
from ..ownership import borrow
from .bar_prices import true_range
from .declared import declare, state
from .exponential import next_average, next_wilder

INDICATOR = declare(
    'period: int = 20, atr_period: int = 10, width: float = 2.0, seed: "talib | tradingview" = "talib"',
    inputs="source high low close",
    outputs="upper middle lower",
    warmup="max(period - 1, atr_period - seed)",
)


@state
class Keltner:
    """Keltner channel: ``middle``, an exponential average, and ``width`` average true ranges to either side of it.

    With ``seed="talib"`` the average starts from a mean and true ranges begin with bar 1, with ``"tradingview"`` it
    starts from the first value, and they begin with bar 0.
    """

    period: int64
    atr_period: int64
    width: float64
    seed: int64
    weight: float64 = "divide(2.0, period + 1.0)"
    average: float64 = 0.0
    average_low: float64 = 0.0
    reach: float64 = 0.0
    reach_low: float64 = 0.0
    upper: float64 = 0.0
    middle: float64 = 0.0
    lower: float64 = 0.0


@inlined
def update_keltner(state, column, high, low, close, t):
    """Take bar ``t``."""
    begin = 1 - state.seed
    moved = true_range(borrow(high), borrow(low), borrow(close), t)
    seeding = state.period if state.seed == 0 else 1
    average, average_low = next_average(state.average, state.average_low, column[t], t + 1, seeding, state.weight)
    reach, reach_low = state.reach, state.reach_low
    if t >= begin:
        reach, reach_low = next_wilder(reach, reach_low, moved, t - begin + 1, state.atr_period)
    state.average, state.average_low, state.reach, state.reach_low = average, average_low, reach, reach_low
    state.upper, state.middle, state.lower = average + state.width * reach, average, average - state.width * reach
