"""Wilder's moving average (J. W. Wilder, "New Concepts in Technical Trading Systems", 1978)."""

from numba import float64, int64

from ..compilation import inlined
from .declared import declare, state
from .exponential import next_wilder

INDICATOR = declare("period: int", warmup="period - 1")


@state
class Rma:
    """Wilder's moving average, weight 1 / period, started from a simple mean."""

    period: int64
    low: float64 = 0.0
    value: float64 = 0.0


@inlined
def update_rma(state, column, t):
    """Take bar ``t`` of ``column``."""
    state.value, state.low = next_wilder(state.value, state.low, column[t], t + 1, state.period)
