"""Smallest value of a window."""

from numba import float64, int64

from ..compilation import inlined, jitclass
from .declared import declare
from .window import window_minimum

INDICATOR = declare("period: int", warmup="period - 1", common=True)


@jitclass
class Lowest:
    """Smallest value of the last ``period`` bars.

    Smallest of the last ``period`` values.
    """

    period: int64
    value: float64

    def __init__(self, period):
        self.period = period
        self.value = 0.0


@inlined
def update_lowest(state, column, t):
    """Take bar ``t`` of ``column``."""
    state.value = window_minimum(column, t, state.period)
