"""Moving average convergence divergence (Appel)."""

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import inlined, jitclass
from .declared import declare
from .exponential import next_average

INDICATOR = declare(
    "fast_period: int = 12, slow_period: int = 26, signal_period: int = 9",
    outputs="line signal histogram",
    warmup="slow_period + signal_period - 2",
    rising="fast_period slow_period",
    common=True,
)


@jitclass
class Macd:
    """Moving average convergence divergence: ``line``, ``signal``, ``histogram``.

    Line = fast - slow exponential average; signal = exponential average of the line; histogram = the difference.
    """

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

    def take(self, seen, fast, fast_low, slow, slow_low, line, signal, signal_low):
        """Take the averages after a bar."""
        self.seen = seen
        self.fast = fast
        self.fast_low = fast_low
        self.slow = slow
        self.slow_low = slow_low
        self.line = line
        self.signal = signal
        self.signal_low = signal_low
        self.histogram = line - signal


@inlined
def update_macd(state, column, t):
    """Take bar ``t`` of ``column``."""
    x = column[t]
    seen = state.seen + 1
    fast, fast_low, slow, slow_low = state.fast, state.fast_low, state.slow, state.slow_low
    line, signal, signal_low = 0.0, state.signal, state.signal_low
    fast, fast_low = next_average(fast, fast_low, x, seen, state.fast_period, state.fast_weight)
    slow, slow_low = next_average(slow, slow_low, x, seen, state.slow_period, state.slow_weight)
    lines = seen - state.slow_period + 1
    if lines > 0:
        line = fast - slow
        signal, signal_low = next_average(signal, signal_low, line, lines, state.signal_period, state.signal_weight)
    state.take(seen, fast, fast_low, slow, slow_low, line, signal, signal_low)
