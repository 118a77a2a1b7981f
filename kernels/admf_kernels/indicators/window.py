"""Extremes of the last ``period`` values of a column."""

import math

from ..compilation import hot_kernel, kernel


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


@hot_kernel
def next_maximum(column, t, period, largest, at):
    """Largest of the last ``period`` values up to ``t``, and where it stands, from those of the bar before.

    Of equal ones it is the newest. The window is looked through when its largest value has left it.
    """
    if column[t] >= largest:
        return column[t], t
    return (largest, at) if at > t - period else _largest(column, t, period)


@hot_kernel
def next_minimum(column, t, period, smallest, at):
    """As ``next_maximum``, of the smallest."""
    if column[t] <= smallest:
        return column[t], t
    return (smallest, at) if at > t - period else _smallest(column, t, period)


@kernel
def _largest(column, t, period):
    largest, at = -math.inf, t
    for i in range(first_index(t, period), t + 1):
        if column[i] >= largest:
            largest, at = column[i], i
    return largest, at


@kernel
def _smallest(column, t, period):
    smallest, at = math.inf, t
    for i in range(first_index(t, period), t + 1):
        if column[i] <= smallest:
            smallest, at = column[i], i
    return smallest, at
