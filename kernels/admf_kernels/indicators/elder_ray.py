"""Elder ray (A. Elder, "Trading for a Living", 1993)."""

from numba import float64, int64

from ..compilation import inlined
from .declared import declare, state
from .exponential import next_average

INDICATOR = declare(
    'period: int = 13, seed: "talib | tradingview" = "talib"',
    inputs="source high low",
    outputs="bull bear",
    warmup="period - 1",
)


@state
class ElderRay:
    """Elder ray: ``bull`` power, the high, and ``bear`` power, the low, over an exponential average of the source.

    With ``seed="talib"`` the average starts from a mean, with ``"tradingview"`` from the first value.
    """

    period: int64
    seed: int64
    weight: float64 = "divide(2.0, period + 1.0)"
    average: float64 = 0.0
    average_low: float64 = 0.0
    bull: float64 = 0.0
    bear: float64 = 0.0


@inlined
def update_elder_ray(state, column, high, low, t):
    """Take bar ``t``."""
    seeding = state.period if state.seed == 0 else 1
    average, rest = next_average(state.average, state.average_low, column[t], t + 1, seeding, state.weight)
    state.average, state.average_low = average, rest
    state.bull, state.bear = high[t] - average, low[t] - average
