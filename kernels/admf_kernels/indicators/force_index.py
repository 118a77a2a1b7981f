"""Force index (A. Elder, "Trading for a Living", 1993)."""

from numba import float64, int64

from ..compilation import inlined
from .declared import declare, state
from .exponential import average_from

INDICATOR = declare('period: int = 13, seed: "talib | tradingview" = "talib"', inputs="source volume", warmup="period")


@state
class ForceIndex:
    """Force index: exponential average of the change times volume.

    With ``seed="talib"`` the average starts from a mean, with ``"tradingview"`` from the first value.
    """

    period: int64
    seed: int64
    weight: float64 = "divide(2.0, period + 1.0)"
    low: float64 = 0.0
    value: float64 = 0.0


@inlined
def update_force_index(state, column, volume, t):
    """Take bar ``t`` of ``column``; the first has no change."""
    force = (column[t] - column[max(t - 1, 0)]) * volume[t]
    seeding = state.period if state.seed == 0 else 1
    state.value, state.low = average_from(1, state.value, state.low, force, t, seeding, state.weight)
