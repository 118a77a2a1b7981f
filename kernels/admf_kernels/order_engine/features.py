"""Indicator values of every symbol of a container, ahead of its bars."""

import math

import numpy as np

from ..compilation import kernel


@kernel
def own_bars(close):
    """Bars that a symbol has: int64 (n,), their places on the axis. A missing bar has a close of NaN."""
    count = 0
    for t in range(close.shape[0]):
        count += not math.isnan(close[t])
    places = np.empty(count, np.int64)
    k = 0
    for t in range(close.shape[0]):
        if not math.isnan(close[t]):
            places[k] = t
            k += 1
    return places


@kernel
def gathered(column, places):
    """The entries of ``column`` at ``places``."""
    taken = np.empty(places.shape[0], column.dtype)
    for k in range(places.shape[0]):
        taken[k] = column[places[k]]
    return taken


@kernel
def in_own_bars(completed, places):
    """``completed``, int64 (n_timeframes, n_higher), as numbers of the symbol's own bars at ``places`` of the axis."""
    own = np.empty(completed.shape, np.int64)
    for i in range(completed.shape[0]):
        k = 0
        for j in range(completed.shape[1]):
            while k < places.shape[0] and places[k] < completed[i, j]:
                k += 1
            own[i, j] = k
    return own
