"""Rate of change."""

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import inlined, jitclass
from .declared import declare

INDICATOR = declare("period: int", warmup="period", takes_gaps=True, common=True)


@jitclass
class Roc:
    """Rate of change over ``period`` bars, as a fraction.

    x / x ``period`` bars ago - 1, as a fraction.
    """

    period: int64
    value: float64

    def __init__(self, period):
        self.period = period
        self.value = 0.0


@inlined
def update_roc(state, column, t):
    """Take bar ``t`` of ``column``."""
    state.value = divide(column[t], column[max(t - state.period, 0)]) - 1.0
