"""Triple exponential moving average (P. Mulloy, Technical Analysis of Stocks & Commodities, January 1994)."""

from numba import float64, int64

from ..compilation import inlined
from .declared import declare, state
from .exponential import average_from

INDICATOR = declare('period: int, seed: "talib | tradingview" = "talib"', warmup="3 * (period - 1)")


@state
class Tema:
    """Triple exponential moving average: 3 e - 3 e of e + e of e of e.

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
def update_tema(state, column, t):
    """Take bar ``t`` of ``column``."""
    n, weight = state.seeding, state.weight
    first, first_low = average_from(0, state.first, state.first_low, column[t], t, n, weight)
    second, second_low = average_from(n - 1, state.second, state.second_low, first, t, n, weight)
    third, third_low = average_from(2 * (n - 1), state.third, state.third_low, second, t, n, weight)
    state.first, state.first_low, state.second, state.second_low = first, first_low, second, second_low
    state.third, state.third_low = third, third_low
    state.value = (3.0 * first - 3.0 * second) + third
