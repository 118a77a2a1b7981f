"""Sums of the last values of something that is computed from columns at each bar, kept from bar to bar.

A sum is two doubles whose exact sum it is, as long as 106 bits hold it: so it depends on nothing but the window. Where
they do not, it is made anew at every bar. A high part of NaN says that it is not known. ``value(columns, i)`` is the
function that is summed up.
"""

import math

from ..compilation import hot_kernel, kernel
from ..error_free import add, nearest_quotient, two_product, two_sum
from ..likely import likely


@hot_kernel
def slid(high, low, entering, leaving):
    """The sum of a window with one value more and another one less, and whether nothing was lost."""
    change, error = two_sum(entering, -leaving)
    high, more = two_sum(high, change)
    small, lost = two_sum(error, more)
    low, also_lost = two_sum(low, small)
    return high, low, lost == 0.0 and also_lost == 0.0


@hot_kernel
def next_sum(value, columns, t, first, n, high, low):
    """Take bar ``t`` into the sum of ``n`` values, of which there are some from bar ``first`` on."""
    if t < first + n - 1:
        return math.nan, 0.0
    exact = False
    if likely(t >= first + n):
        high, low, exact = slid(high, low, value(columns, t), value(columns, t - n))
    if likely(exact):
        return high, low
    return fresh_sum_of(value, columns, t, n)


@kernel
def fresh_sum_of(value, columns, t, n):
    """Sum of the ``n`` values up to bar ``t``."""
    high, low = 0.0, 0.0
    for i in range(t - n + 1, t + 1):
        high, low, _ = add(high, low, value(columns, i))
    return high, low


@hot_kernel
def mean_of_sum(high, low, n):
    """The double nearest to the mean of ``n`` values with this sum."""
    high, low = two_sum(high, low)
    return nearest_quotient(high, low, float(n))


@hot_kernel
def next_weighted_sum(value, columns, t, first, n, total, weighted):
    """As ``next_sum``, of the values (``total``) and of them times 1 (oldest) to n: two doubles each."""
    high, low = total
    w_high, w_low = weighted
    if t < first + n - 1:
        return (math.nan, 0.0), (0.0, 0.0)
    exact = False
    if likely(t >= first + n):
        newest = value(columns, t)
        product, error = two_product(float(n), newest)
        w_high, w_low, whole = slid(w_high, w_low, product, high)
        w_high, w_low, also_whole = slid(w_high, w_low, error, low)
        high, low, exact = slid(high, low, newest, value(columns, t - n))
        exact = exact and whole and also_whole
    if likely(exact):
        return (high, low), (w_high, w_low)
    return fresh_weighted_sum(value, columns, t, n)


@kernel
def fresh_weighted_sum(value, columns, t, n):
    """Sum of the ``n`` values up to bar ``t``, and of them times 1 (oldest) to n."""
    high, low, w_high, w_low = 0.0, 0.0, 0.0, 0.0
    for k in range(1, n + 1):
        x = value(columns, t - n + k)
        high, low, _ = add(high, low, x)
        product, error = two_product(float(k), x)
        w_high, w_low, _ = add(w_high, w_low, product)
        w_high, w_low, _ = add(w_high, w_low, error)
    return (high, low), (w_high, w_low)


@hot_kernel
def itself(columns, i):
    """The one column as it is."""
    return columns[0][i]


@hot_kernel
def next_largest(value, columns, t, n, largest, at):
    """As ``window.next_maximum``, of what is computed."""
    x = value(columns, t)
    if x >= largest:
        return x, t
    return (largest, at) if at > t - n else _largest_of(value, columns, t, n)


@hot_kernel
def next_smallest(value, columns, t, n, smallest, at):
    """As ``window.next_minimum``, of what is computed."""
    x = value(columns, t)
    if x <= smallest:
        return x, t
    return (smallest, at) if at > t - n else _smallest_of(value, columns, t, n)


@kernel
def _largest_of(value, columns, t, n):
    largest, at = -math.inf, t
    for i in range(max(t - n + 1, 0), t + 1):
        x = value(columns, i)
        if x >= largest:
            largest, at = x, i
    return largest, at


@kernel
def _smallest_of(value, columns, t, n):
    smallest, at = math.inf, t
    for i in range(max(t - n + 1, 0), t + 1):
        x = value(columns, i)
        if x <= smallest:
            smallest, at = x, i
    return smallest, at
