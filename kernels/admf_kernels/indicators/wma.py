"""Linearly weighted moving average."""

from numba import float64, int64
from numba.experimental import jitclass

from ..arithmetic import divide
from ..compilation import inlined, kernel
from .window import first_index


@jitclass
class Wma:
    """Average with weights 1 (oldest) to ``period`` (newest)."""

    period: int64
    value: float64

    def __init__(self, period):
        self.period = period
        self.value = 0.0


@kernel
def _weighted_mean(column, t, period):
    total = 0.0
    start = first_index(t, period)
    for i in range(start, t + 1):
        total += float(i - start + 1) * column[i]
    return divide(total, divide(float(period) * float(period + 1), 2.0))


@inlined
def update_wma(state, column, t):
    """Take bar ``t`` of ``column``."""
    state.value = _weighted_mean(column, t, state.period)
