"""Volume-weighted moving average."""

import math

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import hot_kernel, inlined
from ..ownership import borrow
from .declared import declare, state
from .derived_windows import next_sum

INDICATOR = declare("period: int = 20", inputs="source volume", warmup="period - 1")


@state
class Vwma:
    """Mean of the last ``period`` bars weighted by volume: a rolling VWAP of the source."""

    period: int64
    turnover: float64 = math.nan
    turnover_low: float64 = 0.0
    traded: float64 = math.nan
    traded_low: float64 = 0.0
    value: float64 = 0.0


@hot_kernel
def _turnover(columns, i):
    return columns[0][i] * columns[1][i]


@hot_kernel
def _volume(columns, i):
    return columns[1][i]


@inlined
def update_vwma(state, column, volume, t):
    """Take bar ``t`` of ``column``; without volume in the window, the value is that of the bar."""
    columns, n = (borrow(column), borrow(volume)), state.period
    turnover, turnover_low = next_sum(_turnover, columns, t, 0, n, state.turnover, state.turnover_low)
    traded, traded_low = next_sum(_volume, columns, t, 0, n, state.traded, state.traded_low)
    total = traded + traded_low
    state.value = divide(turnover + turnover_low, total) if total > 0.0 else column[t]
    state.turnover, state.turnover_low, state.traded, state.traded_low = turnover, turnover_low, traded, traded_low
