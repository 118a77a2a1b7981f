"""Arnaud Legoux moving average (A. Legoux and D. Kouzis-Loukas, 2009)."""

from numba import float64, int64

from ..arithmetic import divide, exponential
from ..compilation import inlined, kernel
from ..ownership import borrow
from .declared import declare, state

INDICATOR = declare(
    "period: int = 9, offset: 0 <= float <= 1 = 0.85, sigma: 0.5 <= float = 6.0",
    warmup="period - 1",
    takes_gaps=True,
)


@kernel
def _middle(period, offset):
    return int(offset * (period - 1) + 0.5)


@kernel
def _ratio(period, offset, sigma, way):
    """Weight beside the middle one over that one: above it (``way`` 1) or below it (-1)."""
    off = float(way) * (_middle(period, offset) - offset * (period - 1))
    return exponential(-divide((2.0 * off + 1.0) * sigma * sigma, 2.0 * float(period) * float(period)))


@state
class Alma:
    """Arnaud Legoux moving average: bell-shaped weights around ``offset`` of the window, ``period / sigma`` wide."""

    period: int64
    offset: float64
    sigma: float64
    middle: int64 = "_middle(period, offset)"
    up: float64 = "_ratio(period, offset, sigma, 1)"
    down: float64 = "_ratio(period, offset, sigma, -1)"
    shrink: float64 = "exponential(-divide(sigma * sigma, float(period) * float(period)))"
    value: float64 = 0.0


@kernel
def _weighted_mean(column, first, n, middle, up, down, shrink):
    """From the middle weight, which is 1, outwards: each ratio of neighbours is the one before times ``shrink``."""
    total, weights, weight, ratio = column[first + middle], 1.0, 1.0, up
    for i in range(middle + 1, n):
        weight *= ratio
        ratio *= shrink
        total += weight * column[first + i]
        weights += weight
    weight, ratio = 1.0, down
    for i in range(middle - 1, -1, -1):
        weight *= ratio
        ratio *= shrink
        total += weight * column[first + i]
        weights += weight
    return divide(total, weights)


@inlined
def update_alma(state, column, t):
    """Take bar ``t`` of ``column``."""
    first, value = t - state.period + 1, state.value
    if t >= state.period - 1:
        value = _weighted_mean(borrow(column), first, state.period, state.middle, state.up, state.down, state.shrink)
    state.value = value
