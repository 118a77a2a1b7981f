"""Moving average convergence divergence (Appel)."""

from numba import float64, int64
from numba.experimental import jitclass

from ..arithmetic import divide
from ..compilation import inlined
from .exponential import next_average


@jitclass
class Macd:
    """Line = fast - slow exponential average; signal = exponential average of the line; histogram = the difference."""

    fast_period: int64
    slow_period: int64
    signal_period: int64
    seen: int64
    fast_weight: float64
    slow_weight: float64
    signal_weight: float64
    fast: float64
    fast_low: float64
    slow: float64
    slow_low: float64
    line: float64
    signal: float64
    signal_low: float64
    histogram: float64

    def __init__(self, fast_period, slow_period, signal_period):
        self.fast_period = fast_period
        self.slow_period = slow_period
        self.signal_period = signal_period
        self.seen = 0
        self.fast_weight = divide(2.0, float(fast_period + 1))
        self.slow_weight = divide(2.0, float(slow_period + 1))
        self.signal_weight = divide(2.0, float(signal_period + 1))
        self.fast = 0.0
        self.fast_low = 0.0
        self.slow = 0.0
        self.slow_low = 0.0
        self.line = 0.0
        self.signal = 0.0
        self.signal_low = 0.0
        self.histogram = 0.0

    def update(self, x):
        """Take the newest value."""
        seen = self.seen + 1
        self.seen = seen
        self.fast, self.fast_low = next_average(self.fast, self.fast_low, x, seen, self.fast_period, self.fast_weight)
        self.slow, self.slow_low = next_average(self.slow, self.slow_low, x, seen, self.slow_period, self.slow_weight)
        lines = seen - self.slow_period + 1
        if lines > 0:
            self.line = self.fast - self.slow
            self.signal, self.signal_low = next_average(
                self.signal, self.signal_low, self.line, lines, self.signal_period, self.signal_weight
            )
            self.histogram = self.line - self.signal


@inlined
def update_macd(state, column, t):
    """Take bar ``t`` of ``column``."""
    state.update(column[t])
