"""Stochastic oscillator (Lane)."""

from numba import float64, int64
from numba.experimental import jitclass

from ..arithmetic import divide
from ..compilation import inlined, kernel
from .window import window_maximum, window_minimum


@jitclass
class Stochastic:
    """%K, the close's place in the range of the last ``period`` bars, and %D, the mean of the last ``smoothing`` %K."""

    period: int64
    smoothing: int64
    k: float64
    d: float64

    def __init__(self, period, smoothing):
        self.period = period
        self.smoothing = smoothing
        self.k = 0.0
        self.d = 0.0

    def set_values(self, k, d):
        """Take both lines."""
        self.k = k
        self.d = d


@kernel
def _percent_k(high, low, close, t, period):
    top = window_maximum(high, t, period)
    bottom = window_minimum(low, t, period)
    return divide(100.0 * (close[t] - bottom), top - bottom) if top > bottom else 50.0


@kernel
def _percent_d(high, low, close, t, period, smoothing):
    total = 0.0
    for i in range(max(t - smoothing + 1, 0), t + 1):
        total += _percent_k(high, low, close, i, period)
    return divide(total, float(smoothing))


@inlined
def update_stochastic(state, high, low, close, t):
    """Take bar ``t``."""
    k = _percent_k(high, low, close, t, state.period)
    state.set_values(k, _percent_d(high, low, close, t, state.period, state.smoothing))
