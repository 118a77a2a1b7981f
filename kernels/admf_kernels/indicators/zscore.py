"""Distance from the mean in standard deviations."""

import math

from numba import float64, int64
from numba.experimental import jitclass

from ..arithmetic import divide
from ..compilation import inlined, kernel
from .window import window_mean, window_variance


@jitclass
class Zscore:
    """(x - mean) / population standard deviation of the last ``period`` values; 0 where they are all equal."""

    period: int64
    value: float64

    def __init__(self, period):
        self.period = period
        self.value = 0.0


@kernel
def _zscore(column, t, period):
    mean = window_mean(column, t, period)
    deviation = math.sqrt(window_variance(column, t, period, mean))
    return divide(column[t] - mean, deviation) if deviation > 0.0 else 0.0


@inlined
def update_zscore(state, column, t):
    """Take bar ``t`` of ``column``."""
    state.value = _zscore(column, t, state.period)
