"""Exponential moving average."""

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import inlined, jitclass
from .declared import declare
from .exponential import next_average

INDICATOR = declare("period: int", warmup="period - 1", common=True)


@jitclass
class Ema:
    """Exponential moving average, weight 2 / (period + 1), started from a simple mean.

    Exponential average with weight 2 / (period + 1), started from the mean of the first ``period`` values.
    """

    period: int64
    weight: float64
    seen: int64
    low: float64
    value: float64

    def __init__(self, period):
        self.period = period
        self.weight = divide(2.0, float(period + 1))
        self.seen = 0
        self.low = 0.0
        self.value = 0.0

    def update(self, x):
        """Take the newest value."""
        seen = self.seen + 1
        self.seen = seen
        self.value, self.low = next_average(self.value, self.low, x, seen, self.period, self.weight)


@inlined
def update_ema(state, column, t):
    """Take bar ``t`` of ``column``."""
    state.update(column[t])
