"""TRIX (J. Hutson, Technical Analysis of Stocks & Commodities, 1983)."""

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import inlined
from .declared import declare, state
from .exponential import average_from

INDICATOR = declare('period: int = 18, seed: "talib | tradingview" = "talib"', warmup="3 * (period - 1) + 1")


@state
class Trix:
    """Change over one bar of a threefold exponential average, in percent.

    With ``seed="talib"`` each average starts from the mean of its first ``period`` values, with ``"tradingview"`` from
    the first one.
    """

    period: int64
    seed: int64
    seeding: int64 = "period if seed == 0 else 1"
    weight: float64 = "divide(2.0, period + 1.0)"
    first: float64 = 0.0
    first_low: float64 = 0.0
    second: float64 = 0.0
    second_low: float64 = 0.0
    third: float64 = 0.0
    third_low: float64 = 0.0
    value: float64 = 0.0


@inlined
def update_trix(state, column, t):
    """Take bar ``t`` of ``column``."""
    n, weight, before = state.seeding, state.weight, state.third
    first, first_low = average_from(0, state.first, state.first_low, column[t], t, n, weight)
    second, second_low = average_from(n - 1, state.second, state.second_low, first, t, n, weight)
    third, third_low = average_from(2 * (n - 1), state.third, state.third_low, second, t, n, weight)
    state.first, state.first_low, state.second, state.second_low = first, first_low, second, second_low
    state.third, state.third_low = third, third_low
    state.value = 100.0 * divide(third - before, before) if before != 0.0 else 0.0
