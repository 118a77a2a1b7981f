"""Standard deviation of a window."""

import math

from numba import float64, int64
from numba.experimental import jitclass

from ..compilation import inlined
from .window import window_mean, window_variance


@jitclass
class Stdev:
    """Population standard deviation of the last ``period`` values, by the two-pass formula."""

    period: int64
    value: float64

    def __init__(self, period):
        self.period = period
        self.value = 0.0


@inlined
def update_stdev(state, column, t):
    """Take bar ``t`` of ``column``."""
    mean = window_mean(column, t, state.period)
    state.value = math.sqrt(window_variance(column, t, state.period, mean))
