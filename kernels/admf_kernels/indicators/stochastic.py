"""Stochastic oscillator (Lane)."""

import math

import numpy as np
from numba import float64, int64

from ..arithmetic import divide
from ..compilation import inlined, jitclass, kernel, shared_kernel
from ..error_free import add, has_room, nearest_quotient
from ..long_numbers import long_mean
from ..ownership import borrow
from .declared import declare
from .window import window_maximum, window_minimum

INDICATOR = declare(
    "period: int = 14, smoothing: int = 3",
    inputs="high low close",
    outputs="k d",
    warmup="period + smoothing - 2",
    common=True,
)


@jitclass
class Stochastic:
    """Stochastic oscillator: ``k`` and its mean ``d``, 0 to 100.

    %K, the close's place in the range of the last ``period`` bars, and %D, the mean of the last ``smoothing`` %K.

    The sum of these %K is kept in two doubles, without a lost bit; NaN says that it is not known.
    """

    period: int64
    smoothing: int64
    total: float64
    total_low: float64
    k: float64
    d: float64

    def __init__(self, period, smoothing):
        self.period = period
        self.smoothing = smoothing
        self.total = math.nan
        self.total_low = 0.0
        self.k = 0.0
        self.d = 0.0

    def resume(self, total, total_low, k, d):
        """Take the sum and both lines."""
        self.total = total
        self.total_low = total_low
        self.k = k
        self.d = d


@kernel
def _percent_k(high, low, close, t, period):
    top = window_maximum(high, t, period)
    bottom = window_minimum(low, t, period)
    return divide(100.0 * (close[t] - bottom), top - bottom) if top > bottom else 50.0


@shared_kernel
def _next_lines(high, low, close, t, period, smoothing, total, total_low):
    """Take bar ``t``: the new sum, k and d."""
    if t < period - 1:
        return math.nan, 0.0, 0.0, 0.0
    k = _percent_k(high, low, close, t, period)
    first = t - smoothing + 1
    if first < period - 1:
        return math.nan, 0.0, k, k
    exact = False
    if not math.isnan(total):
        total, total_low, lost = add(total, total_low, k)
        total, total_low, also_lost = add(total, total_low, -_percent_k(high, low, close, first - 1, period))
        exact = lost == 0.0 and also_lost == 0.0
    if not exact:
        total, total_low, exact = 0.0, 0.0, True
        for i in range(first, t + 1):
            total, total_low, lost = add(total, total_low, _percent_k(high, low, close, i, period))
            exact = exact and lost == 0.0
    if exact and has_room(total):
        return total, total_low, k, nearest_quotient(total, total_low, float(smoothing))
    return math.nan, 0.0, k, _long_d(high, low, close, t, period, smoothing)


@kernel
def _long_d(high, low, close, t, period, smoothing):
    values = np.empty(smoothing, np.float64)
    for i in range(smoothing):
        values[i] = _percent_k(high, low, close, t - smoothing + 1 + i, period)
    return long_mean(values, 0, smoothing - 1, False)


@inlined
def update_stochastic(state, high, low, close, t):
    """Take bar ``t``."""
    total, total_low, k, d = _next_lines(
        borrow(high), borrow(low), borrow(close), t, state.period, state.smoothing, state.total, state.total_low
    )
    state.resume(total, total_low, k, d)
