"""One step of the averages that remember everything: exponential and Wilder's.

While the first ``period`` values come in, an average is their running sum, in two doubles; with the last of them it
becomes their mean, rounded once, so that the average of equal values is that value.
"""

from ..arithmetic import divide
from ..compilation import hot_kernel, kernel, shared_kernel
from ..error_free import add, has_room, nearest_quotient
from ..likely import likely


@hot_kernel
def next_average(average, low, x, seen, period, weight):
    """Average after ``x``, the ``seen``-th value, and the low part of the sum: weight * (x - average) is its move."""
    if likely(seen > period):
        return average + weight * (x - average), 0.0
    return _next_sum(average, low, x, seen, period)


@hot_kernel
def next_wilder(average, low, x, seen, period):
    """Wilder's average after ``x``: as ``next_average`` with the move (x - average) / period."""
    if likely(seen > period):
        return average + divide(x - average, float(period)), 0.0
    return _next_sum(average, low, x, seen, period)


@hot_kernel
def average_from(begin, average, low, x, t, seeding, weight):
    """As ``next_average`` at bar ``t``, of values from bar ``begin`` on; it starts from the mean of ``seeding``."""
    if t < begin:
        return 0.0, 0.0
    return next_average(average, low, x, t - begin + 1, seeding, weight)


@shared_kernel
def _next_sum(high, low, x, seen, period):
    high, low, _ = add(high, low, x)
    if seen < period:
        return high, low
    return mean_of(high, low, float(period)), 0.0


@kernel
def mean_of(high, low, count):
    """The double nearest to a sum of two doubles over ``count``."""
    return nearest_quotient(high, low, count) if has_room(high) else divide(high, count)
