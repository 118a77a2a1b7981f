"""Coppock curve (E. S. C. Coppock, Barron's, October 1962)."""

import math

from numba import float64, int64
from numba.types import UniTuple

from ..arithmetic import divide
from ..compilation import hot_kernel, inlined
from ..ownership import borrow
from .declared import declare, state
from .derived_windows import mean_of_sum, next_weighted_sum

INDICATOR = declare(
    "period: int = 10, short_period: int = 11, long_period: int = 14",
    warmup="long_period + period - 1",
    rising="short_period long_period",
)


@state
class Coppock:
    """Coppock curve: weighted average of the sum of a short and a long rate of change, in percent."""

    period: int64
    short_period: int64
    long_period: int64
    total: UniTuple(float64, 2) = (math.nan, 0.0)
    weighted: UniTuple(float64, 2) = (0.0, 0.0)
    value: float64 = 0.0


@hot_kernel
def _changes(columns, i):
    x, short, long = columns
    return (divide(100.0 * (x[i] - x[i - long]), x[i - long]) if x[i - long] != 0.0 else 0.0) + (
        divide(100.0 * (x[i] - x[i - short]), x[i - short]) if x[i - short] != 0.0 else 0.0
    )


@inlined
def update_coppock(state, column, t):
    """Take bar ``t`` of ``column``."""
    columns, n = (borrow(column), state.short_period, state.long_period), state.period
    total, weighted = next_weighted_sum(_changes, columns, t, state.long_period, n, state.total, state.weighted)
    state.total, state.weighted = total, weighted
    state.value = mean_of_sum(weighted[0], weighted[1], n * (n + 1) // 2)
