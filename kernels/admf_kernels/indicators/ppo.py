"""Percentage price oscillator."""

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import inlined
from .declared import declare, state
from .exponential import next_average

INDICATOR = declare(
    'fast_period: int = 12, slow_period: int = 26, seed: "talib | tradingview" = "talib"',
    warmup="slow_period - 1",
    rising="fast_period slow_period",
)


@state
class Ppo:
    """Percentage price oscillator: fast minus slow exponential average, in percent of the slow one.

    With ``seed="talib"`` each starts from the mean of its first values, with ``"tradingview"`` from the first one.
    """

    fast_period: int64
    slow_period: int64
    seed: int64
    fast_weight: float64 = "divide(2.0, fast_period + 1.0)"
    slow_weight: float64 = "divide(2.0, slow_period + 1.0)"
    fast: float64 = 0.0
    fast_low: float64 = 0.0
    slow: float64 = 0.0
    slow_low: float64 = 0.0
    value: float64 = 0.0


@inlined
def update_ppo(state, column, t):
    """Take bar ``t`` of ``column``."""
    x, exact = column[t], state.seed == 0
    fast_seeding, slow_seeding = state.fast_period if exact else 1, state.slow_period if exact else 1
    fast, fast_low = next_average(state.fast, state.fast_low, x, t + 1, fast_seeding, state.fast_weight)
    slow, slow_low = next_average(state.slow, state.slow_low, x, t + 1, slow_seeding, state.slow_weight)
    state.fast, state.fast_low, state.slow, state.slow_low = fast, fast_low, slow, slow_low
    state.value = 100.0 * divide(fast - slow, slow) if slow != 0.0 else 0.0
