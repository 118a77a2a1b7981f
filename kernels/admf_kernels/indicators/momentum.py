"""Momentum: the change over a number of bars."""

from numba import float64, int64

from ..compilation import inlined, jitclass
from .declared import declare

INDICATOR = declare("period: int", warmup="period", takes_gaps=True, common=True)


@jitclass
class Momentum:
    """Change over ``period`` bars, in the units of the source.

    x - x ``period`` bars ago, in the units of x.
    """

    period: int64
    value: float64

    def __init__(self, period):
        self.period = period
        self.value = 0.0


@inlined
def update_momentum(state, column, t):
    """Take bar ``t`` of ``column``."""
    state.value = column[t] - column[max(t - state.period, 0)]
