"""Extremes of the last ``period`` values of a column."""

from ..compilation import kernel


@kernel
def first_index(t, period):
    """Where the window that ends at ``t`` begins, cut at the first bar."""
    return max(t - period + 1, 0)


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
