"""Know sure thing (M. Pring, Technical Analysis of Stocks & Commodities, 1992)."""

import math

from numba import float64, int64
from numba.types import UniTuple

from ..arithmetic import divide
from ..compilation import hot_kernel, inlined, kernel
from ..ownership import borrow
from .declared import declare, state
from .derived_windows import mean_of_sum, next_sum, slid

INDICATOR = declare(
    "roc_1: int = 10, roc_2: int = 15, roc_3: int = 20, roc_4: int = 30, "
    "sma_1: int = 10, sma_2: int = 10, sma_3: int = 10, sma_4: int = 15, signal_period: int = 9",
    outputs="line signal",
    warmup="max(roc_1 + sma_1, roc_2 + sma_2, roc_3 + sma_3, roc_4 + sma_4) + signal_period - 2",
)


@state
class Kst:
    """Know sure thing: ``line``, means of four rates of change in percent, weighed 1 to 4, and its mean ``signal``."""

    roc_1: int64
    roc_2: int64
    roc_3: int64
    roc_4: int64
    sma_1: int64
    sma_2: int64
    sma_3: int64
    sma_4: int64
    signal_period: int64
    first: int64 = "max(max(roc_1 + sma_1, roc_2 + sma_2), max(roc_3 + sma_3, roc_4 + sma_4)) - 1"
    sums: UniTuple(float64, 8) = (math.nan, 0.0) * 4
    # The same as they were ``signal_period`` bars ago, which is what leaves the signal's window.
    old_sums: UniTuple(float64, 8) = (math.nan, 0.0) * 4
    total: float64 = 0.0
    total_low: float64 = 0.0
    line: float64 = 0.0
    signal: float64 = 0.0


@hot_kernel
def _change(columns, i):
    x, ago = columns
    return divide(100.0 * (x[i] - x[i - ago]), x[i - ago]) if x[i - ago] != 0.0 else 0.0


@kernel
def _next(column, t, rocs, smas, s):
    a, b = next_sum(_change, (column, rocs[0]), t, rocs[0], smas[0], s[0], s[1])
    c, d = next_sum(_change, (column, rocs[1]), t, rocs[1], smas[1], s[2], s[3])
    e, f = next_sum(_change, (column, rocs[2]), t, rocs[2], smas[2], s[4], s[5])
    g, h = next_sum(_change, (column, rocs[3]), t, rocs[3], smas[3], s[6], s[7])
    first, second = mean_of_sum(a, b, smas[0]), mean_of_sum(c, d, smas[1])
    third, fourth = mean_of_sum(e, f, smas[2]), mean_of_sum(g, h, smas[3])
    return (a, b, c, d, e, f, g, h), ((first + 2.0 * second) + 3.0 * third) + 4.0 * fourth


@kernel
def _fresh(column, t, n, rocs, smas, s):
    high, low = 0.0, 0.0
    for i in range(t - n + 1, t + 1):
        s, line = _next(column, i, rocs, smas, s)
        high, low, _ = slid(high, low, line, 0.0)
    return high, low


@inlined
def update_kst(state, column, t):
    """Take bar ``t`` of ``column``."""
    column, n, first = borrow(column), state.signal_period, state.first
    rocs = (state.roc_1, state.roc_2, state.roc_3, state.roc_4)
    smas = (state.sma_1, state.sma_2, state.sma_3, state.sma_4)
    sums, line = _next(column, t, rocs, smas, state.sums)
    old_sums, old_line = _next(column, t - n, rocs, smas, state.old_sums)
    total, total_low, signal, exact = state.total, state.total_low, line, False
    if t >= first + n - 1:
        if t >= first + n:
            total, total_low, exact = slid(total, total_low, line, old_line)
        if not exact:
            total, total_low = _fresh(column, t, n, rocs, smas, old_sums)
        signal = mean_of_sum(total, total_low, n)
    state.sums, state.old_sums, state.total, state.total_low = sums, old_sums, total, total_low
    state.line, state.signal = line, signal
