"""Hull moving average (A. Hull, 2005)."""

import math

from numba import float64, int64

from ..compilation import hot_kernel, inlined, kernel
from ..error_free import add, two_product
from ..ownership import borrow
from .declared import declare, state
from .derived_windows import fresh_weighted_sum, itself, mean_of_sum, next_weighted_sum, slid

INDICATOR = declare("period: 2 <= int", warmup="period + isqrt(period) - 2", takes_gaps=True)


@state
class Hma:
    """Hull moving average: the weighted average of twice a fast weighted average minus a slow one."""

    period: int64
    half: int64 = "period // 2"
    root: int64 = "int(math.sqrt(float(period)))"
    fast: float64 = math.nan
    fast_low: float64 = 0.0
    fast_weighted: float64 = 0.0
    fast_weighted_low: float64 = 0.0
    slow: float64 = math.nan
    slow_low: float64 = 0.0
    slow_weighted: float64 = 0.0
    slow_weighted_low: float64 = 0.0
    # The same as they were ``root`` bars ago, which is what leaves the outer window.
    old_fast: float64 = math.nan
    old_fast_low: float64 = 0.0
    old_fast_weighted: float64 = 0.0
    old_fast_weighted_low: float64 = 0.0
    old_slow: float64 = math.nan
    old_slow_low: float64 = 0.0
    old_slow_weighted: float64 = 0.0
    old_slow_weighted_low: float64 = 0.0
    total: float64 = math.nan
    total_low: float64 = 0.0
    weighted: float64 = 0.0
    weighted_low: float64 = 0.0
    value: float64 = 0.0

    def take(self, fast, slow, old_fast, old_slow):
        """Keep the inner sums."""
        (self.fast, self.fast_low), (self.fast_weighted, self.fast_weighted_low) = fast
        (self.slow, self.slow_low), (self.slow_weighted, self.slow_weighted_low) = slow
        (self.old_fast, self.old_fast_low), (self.old_fast_weighted, self.old_fast_weighted_low) = old_fast
        (self.old_slow, self.old_slow_low), (self.old_slow_weighted, self.old_slow_weighted_low) = old_slow


@hot_kernel
def _inner(fast, slow, n):
    half = n // 2
    return 2.0 * mean_of_sum(fast[0], fast[1], half * (half + 1) // 2) - mean_of_sum(slow[0], slow[1], n * (n + 1) // 2)


@kernel
def _fresh(column, t, n, root):
    high, low, w_high, w_low = 0.0, 0.0, 0.0, 0.0
    for k in range(1, root + 1):
        i = t - root + k
        _, fast = fresh_weighted_sum(itself, (column,), i, n // 2)
        _, slow = fresh_weighted_sum(itself, (column,), i, n)
        x = _inner(fast, slow, n)
        high, low, _ = add(high, low, x)
        product, error = two_product(float(k), x)
        w_high, w_low, _ = add(w_high, w_low, product)
        w_high, w_low, _ = add(w_high, w_low, error)
    return (high, low), (w_high, w_low)


@kernel
def _outer(column, t, n, root, entering, leaving, total, weighted):
    exact = False
    if t >= n + root - 1:
        product, error = two_product(float(root), entering)
        w_high, w_low, whole = slid(weighted[0], weighted[1], product, total[0])
        w_high, w_low, also = slid(w_high, w_low, error, total[1])
        high, low, exact = slid(total[0], total[1], entering, leaving)
        total, weighted = (high, low), (w_high, w_low)
        exact = exact and whole and also
    return (total, weighted) if exact else _fresh(column, t, n, root)


@inlined
def update_hma(state, column, t):
    """Take bar ``t`` of ``column``."""
    column, n, half, root = borrow(column), state.period, state.half, state.root
    s = state
    fast, slow = (s.fast, s.fast_low), (s.slow, s.slow_low)
    fast_w, slow_w = (s.fast_weighted, s.fast_weighted_low), (s.slow_weighted, s.slow_weighted_low)
    old_fast, old_slow = (s.old_fast, s.old_fast_low), (s.old_slow, s.old_slow_low)
    old_fast_w = (s.old_fast_weighted, s.old_fast_weighted_low)
    old_slow_w = (s.old_slow_weighted, s.old_slow_weighted_low)
    total, weighted, value = (s.total, s.total_low), (s.weighted, s.weighted_low), s.value
    ago = t - root
    fast, fast_w = next_weighted_sum(itself, (column,), t, 0, half, fast, fast_w)
    slow, slow_w = next_weighted_sum(itself, (column,), t, 0, n, slow, slow_w)
    old_fast, old_fast_w = next_weighted_sum(itself, (column,), ago, 0, half, old_fast, old_fast_w)
    old_slow, old_slow_w = next_weighted_sum(itself, (column,), ago, 0, n, old_slow, old_slow_w)
    if t >= n + root - 2:
        entering, leaving = _inner(fast_w, slow_w, n), _inner(old_fast_w, old_slow_w, n)
        total, weighted = _outer(column, t, n, root, entering, leaving, total, weighted)
        value = mean_of_sum(weighted[0], weighted[1], root * (root + 1) // 2)
    state.take((fast, fast_w), (slow, slow_w), (old_fast, old_fast_w), (old_slow, old_slow_w))
    (state.total, state.total_low), (state.weighted, state.weighted_low) = total, weighted
    state.value = value
