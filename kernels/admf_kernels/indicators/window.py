"""Sums over the last ``period`` values of a column, taken anew at each bar: no error builds up from old bars."""

from ..arithmetic import divide
from ..compilation import kernel


@kernel
def first_index(t, period):
    """Where the window that ends at ``t`` begins, cut at the first bar."""
    return max(t - period + 1, 0)


@kernel
def window_mean(column, t, period):
    """Mean of the last ``period`` values up to ``t``, exactly their value where all are equal."""
    newest = column[t]
    total = 0.0
    for i in range(first_index(t, period), t):
        total += column[i] - newest
    return newest + divide(total, float(period))


@kernel
def window_variance(column, t, period, mean):
    """Population variance (divisor ``period``) about ``mean`` of the last ``period`` values up to ``t``."""
    total = 0.0
    for i in range(first_index(t, period), t + 1):
        difference = column[i] - mean
        total += difference * difference
    return divide(total, float(period))


@kernel
def window_maximum(column, t, period):
    """Largest of the last ``period`` values up to ``t``."""
    largest = column[t]
    for i in range(first_index(t, period), t):
        largest = max(largest, column[i])
    return largest


@kernel
def window_minimum(column, t, period):
    """Smallest of the last ``period`` values up to ``t``."""
    smallest = column[t]
    for i in range(first_index(t, period), t):
        smallest = min(smallest, column[i])
    return smallest
