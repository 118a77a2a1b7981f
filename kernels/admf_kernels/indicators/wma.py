"""Linearly weighted moving average."""

import math

from numba import float64, int64

from ..compilation import hot_kernel, inlined, jitclass, kernel, shared_kernel
from ..error_free import add, has_room, nearest_quotient, two_product
from ..long_numbers import long_mean
from ..ownership import borrow
from .declared import declare

INDICATOR = declare("period: int", warmup="period - 1", takes_gaps=True, common=True)


@jitclass
class Wma:
    """Linearly weighted moving average, the newest bar weighing ``period``.

    Average with weights 1 (oldest) to ``period`` (newest), rounded once.

    The sum of a window and its weighted sum are kept as two doubles each, without a lost bit; a sum of NaN says that
    they are not known.
    """

    period: int64
    total: float64
    total_low: float64
    weighted: float64
    weighted_low: float64
    value: float64

    def __init__(self, period):
        self.period = period
        self.total = math.nan
        self.total_low = 0.0
        self.weighted = 0.0
        self.weighted_low = 0.0
        self.value = 0.0

    def resume(self, total, total_low, weighted, weighted_low, value):
        """Take the sums of the window, and its average."""
        self.total = total
        self.total_low = total_low
        self.weighted = weighted
        self.weighted_low = weighted_low
        self.value = value


@hot_kernel
def _add_weighted(weighted, weighted_low, weight, x):
    product, error = two_product(weight, x)
    weighted, weighted_low, lost = add(weighted, weighted_low, product)
    weighted, weighted_low, also_lost = add(weighted, weighted_low, error)
    return weighted, weighted_low, lost == 0.0 and also_lost == 0.0 and has_room(product)


@kernel
def _fresh_sums(column, first, last):
    total, total_low, weighted, weighted_low, exact = 0.0, 0.0, 0.0, 0.0, True
    for i in range(first, last + 1):
        total, total_low, lost = add(total, total_low, column[i])
        weighted, weighted_low, whole = _add_weighted(weighted, weighted_low, float(i - first + 1), column[i])
        exact = exact and whole and lost == 0.0
    return total, total_low, weighted, weighted_low, exact


@shared_kernel
def _next_sums(column, t, period, total, total_low, weighted, weighted_low):
    """Take bar ``t``: the new sums, and the average."""
    first = t - period + 1
    if first < 0:
        return math.nan, 0.0, 0.0, 0.0, 0.0
    exact = False
    if not math.isnan(total):
        # Every weight falls by one, and the newest value has the largest.
        weighted, weighted_low, lost = add(weighted, weighted_low, -total)
        weighted, weighted_low, lost_low = add(weighted, weighted_low, -total_low)
        weighted, weighted_low, whole = _add_weighted(weighted, weighted_low, float(period), column[t])
        total, total_low, lost_entering = add(total, total_low, column[t])
        total, total_low, lost_leaving = add(total, total_low, -column[first - 1])
        exact = whole and lost == 0.0 and lost_low == 0.0 and lost_entering == 0.0 and lost_leaving == 0.0
    if not exact:
        total, total_low, weighted, weighted_low, exact = _fresh_sums(column, first, t)
    if not (exact and has_room(weighted)):
        return math.nan, 0.0, 0.0, 0.0, long_mean(column, first, t, True)
    weights = float(period) * float(period + 1) * 0.5
    return total, total_low, weighted, weighted_low, nearest_quotient(weighted, weighted_low, weights)


@inlined
def update_wma(state, column, t):
    """Take bar ``t`` of ``column``."""
    total, total_low, weighted, weighted_low, value = _next_sums(
        borrow(column), t, state.period, state.total, state.total_low, state.weighted, state.weighted_low
    )
    state.resume(total, total_low, weighted, weighted_low, value)
