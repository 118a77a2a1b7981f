"""Double exponential moving average (P. Mulloy, Technical Analysis of Stocks & Commodities, February 1994)."""

from numba import float64, int64

from ..compilation import inlined
from .declared import declare, state
from .exponential import average_from

INDICATOR = declare('period: int, seed: "talib | tradingview" = "talib"', warmup="2 * (period - 1)")


@state
class Dema:
    """Double exponential moving average: 2 e - e of e, with less lag than e.

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
    value: float64 = 0.0


@inlined
def update_dema(state, column, t):
    """Take bar ``t`` of ``column``."""
    n, weight = state.seeding, state.weight
    first, first_low = average_from(0, state.first, state.first_low, column[t], t, n, weight)
    second, second_low = average_from(n - 1, state.second, state.second_low, first, t, n, weight)
    state.first, state.first_low, state.second, state.second_low = first, first_low, second, second_low
    state.value = 2.0 * first - second
