"""Simple moving average."""

import numpy as np
from numba import float64, int64
from numba.experimental import jitclass

from ..arithmetic import divide
from ..compilation import inlined


@jitclass
class Sma:
    """Mean of the last ``period`` values, from a running total.

    The total is divided by the period. Multiplying by 1 / period would be faster, but then averages of a market at
    rest differ in their last bit from one period to another, and a crossover trades on the difference.
    """

    period: int64
    divisor: float64
    total: float64
    value: float64

    def __init__(self, period):
        self.period = period
        self.divisor = float(period)
        self.total = 0.0
        self.value = 0.0

    def update(self, entering, leaving):
        """Take the newest value and the one that leaves the window (0 while the window fills)."""
        total = self.total + (entering - leaving)
        self.total = total
        self.value = divide(total, self.divisor)


@inlined
def update_sma(state, column, t):
    """Take bar ``t`` of ``column``."""
    oldest = t - state.period
    # Unsigned, so that Numba spares the test for a negative index.
    leaving = column[np.uint64(oldest)] if oldest >= 0 else 0.0
    state.update(column[t], leaving)
