"""Stochastic RSI (T. Chande and S. Kroll, "The New Technical Trader", 1994)."""

import math

from numba import float64, int64
from numba.types import UniTuple

from ..arithmetic import divide
from ..compilation import hot_kernel, inlined, kernel
from ..ownership import borrow
from .declared import declare, state
from .derived_windows import mean_of_sum, slid
from .exponential import next_wilder

INDICATOR = declare(
    "period: int = 14, window: int = 14, smoothing: int = 3",
    outputs="k d",
    warmup="period + window + smoothing - 2",
)


@state
class Stochrsi:
    """Stochastic RSI: ``k``, the place of rsi among its last ``window`` values, and its mean ``d``, 0 to 100.

    k is 50 where rsi has no range.
    """

    period: int64
    window: int64
    smoothing: int64
    # Wilder's averages at the newest bar, and at the last one before the window, from which it is gone through anew.
    newest: UniTuple(float64, 4) = (0.0, 0.0, 0.0, 0.0)
    oldest: UniTuple(float64, 4) = (0.0, 0.0, 0.0, 0.0)
    extremes: UniTuple(float64, 4) = (-math.inf, -1.0, math.inf, -1.0)
    # The same as they were ``smoothing`` bars ago, which is what leaves the mean.
    old_newest: UniTuple(float64, 4) = (0.0, 0.0, 0.0, 0.0)
    old_oldest: UniTuple(float64, 4) = (0.0, 0.0, 0.0, 0.0)
    old_extremes: UniTuple(float64, 4) = (-math.inf, -1.0, math.inf, -1.0)
    total: float64 = 0.0
    total_low: float64 = 0.0
    k: float64 = 50.0
    d: float64 = 50.0


@hot_kernel
def _next_averages(column, t, n, averages):
    gain, gain_low, loss, loss_low = averages
    if t > 0:
        change = column[t] - column[t - 1]
        gain, gain_low = next_wilder(gain, gain_low, max(change, 0.0), t, n)
        loss, loss_low = next_wilder(loss, loss_low, max(-change, 0.0), t, n)
    return gain, gain_low, loss, loss_low


@hot_kernel
def _strength(averages):
    gain, _, loss, _ = averages
    if loss > 0.0:
        return 100.0 - divide(100.0, 1.0 + divide(gain, loss))
    return 100.0 if gain > 0.0 else 50.0


@hot_kernel
def _widened(extremes, x, at):
    top, top_at, bottom, bottom_at = extremes
    top, top_at = (x, at) if x >= top else (top, top_at)
    bottom, bottom_at = (x, at) if x <= bottom else (bottom, bottom_at)
    return top, top_at, bottom, bottom_at


@kernel
def _gone_through(column, t, n, window, oldest):
    extremes = (-math.inf, -1.0, math.inf, -1.0)
    for i in range(t - window + 1, t + 1):
        oldest = _next_averages(column, i, n, oldest)
        extremes = _widened(extremes, _strength(oldest), float(i))
    return extremes


@hot_kernel
def _next_k(column, t, n, window, newest, oldest, extremes):
    if t < 0:
        return newest, oldest, extremes, 50.0
    newest = _next_averages(column, t, n, newest)
    if t >= window:
        oldest = _next_averages(column, t - window, n, oldest)
    if t < n:
        return newest, oldest, extremes, 50.0
    strength = _strength(newest)
    extremes = _widened(extremes, strength, float(t))
    if min(extremes[1], extremes[3]) <= float(t - window) and t - window >= n:
        extremes = _gone_through(column, t, n, window, oldest)
    span = extremes[0] - extremes[2]
    return newest, oldest, extremes, divide(100.0 * (strength - extremes[2]), span) if span > 0.0 else 50.0


@kernel
def _fresh(column, t, n, window, smoothing, old_newest, old_oldest, old_extremes):
    high, low = 0.0, 0.0
    for i in range(t - smoothing + 1, t + 1):
        old_newest, old_oldest, old_extremes, k = _next_k(column, i, n, window, old_newest, old_oldest, old_extremes)
        high, low, _ = slid(high, low, k, 0.0)
    return high, low


@inlined
def update_stochrsi(state, column, t):
    """Take bar ``t`` of ``column``."""
    column, n, window, smoothing = borrow(column), state.period, state.window, state.smoothing
    newest, oldest, extremes, k = _next_k(column, t, n, window, state.newest, state.oldest, state.extremes)
    old_newest, old_oldest, old_extremes, old_k = _next_k(
        column, t - smoothing, n, window, state.old_newest, state.old_oldest, state.old_extremes
    )
    total, total_low, d = state.total, state.total_low, k
    first = n + window - 1
    if t >= first + smoothing - 1:
        exact = False
        if t >= first + smoothing:
            total, total_low, exact = slid(total, total_low, k, old_k)
        if not exact:
            total, total_low = _fresh(column, t, n, window, smoothing, old_newest, old_oldest, old_extremes)
        d = mean_of_sum(total, total_low, smoothing)
    state.newest, state.oldest, state.extremes = newest, oldest, extremes
    state.old_newest, state.old_oldest, state.old_extremes = old_newest, old_oldest, old_extremes
    state.total, state.total_low, state.k, state.d = total, total_low, k, d
