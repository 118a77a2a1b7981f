"""Smallest value of a window."""

from numba import float64, int64

from ..compilation import inlined, jitclass
from .window import window_minimum


@jitclass
class Lowest:
    """Smallest of the last ``period`` values."""

    period: int64
    value: float64

    def __init__(self, period):
        self.period = period
        self.value = 0.0


@inlined
def update_lowest(state, column, t):
    """Take bar ``t`` of ``column``."""
    state.value = window_minimum(column, t, state.period)
