"""Rank of the newest value among those before it."""

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import inlined
from ..ownership import borrow
from .declared import declare, state
from .order_statistics import ranks_of

INDICATOR = declare("period: int = 100", warmup="period")


@state
class PercentRank:
    """Percentage of the ``period`` values before it that the newest one is not below, 0 to 100."""

    period: int64
    value: float64 = 0.0


@inlined
def update_percent_rank(state, column, t):
    """Take bar ``t`` of ``column``."""
    column, value = borrow(column), 0.0
    if t >= state.period:
        _, at_most = ranks_of(column, t - state.period, t - 1, column[t])
        value = divide(100.0 * float(at_most), float(state.period))
    state.value = value
