"""The k-th smallest of the last values of a column, found from what it was a bar before."""

import math

from ..compilation import kernel


@kernel
def ranks_of(column, first, t, x):
    """How many of column[first:t + 1] are below ``x``, and how many are at most ``x``."""
    below, at_most = 0, 0
    for i in range(first, t + 1):
        below += int(column[i] < x)
        at_most += int(column[i] <= x)
    return below, at_most


@kernel
def next_above(column, first, t, x):
    """Smallest of column[first:t + 1] that is above ``x``."""
    found = math.inf
    for i in range(first, t + 1):
        found = min(found, column[i] if column[i] > x else math.inf)
    return found


@kernel
def next_below(column, first, t, x):
    """Largest of column[first:t + 1] that is below ``x``."""
    found = -math.inf
    for i in range(first, t + 1):
        found = max(found, column[i] if column[i] < x else -math.inf)
    return found


@kernel
def next_ordered(column, t, n, rank, guess):
    """Value of ``rank`` (0: the smallest) among the last ``n``, and the one after it; ``guess`` is near to it."""
    first = t - n + 1
    if first < 0:
        return math.nan, math.nan
    x = guess if guess == guess else column[t]
    below, at_most = ranks_of(column, first, t, x)
    while below > rank:
        x = next_below(column, first, t, x)
        below, at_most = ranks_of(column, first, t, x)
    while at_most <= rank:
        x = next_above(column, first, t, x)
        below, at_most = ranks_of(column, first, t, x)
    if at_most > rank + 1 or at_most == n:
        return x, x
    return x, next_above(column, first, t, x)
