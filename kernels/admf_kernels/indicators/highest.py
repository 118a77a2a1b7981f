"""Largest value of a window."""

from numba import float64, int64

from ..compilation import inlined, jitclass
from .declared import declare
from .window import window_maximum

INDICATOR = declare("period: int", warmup="period - 1", common=True)


@jitclass
class Highest:
    """Largest value of the last ``period`` bars.

    Largest of the last ``period`` values.
    """

    period: int64
    value: float64

    def __init__(self, period):
        self.period = period
        self.value = 0.0


@inlined
def update_highest(state, column, t):
    """Take bar ``t`` of ``column``."""
    state.value = window_maximum(column, t, state.period)
