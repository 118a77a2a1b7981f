"""Simple moving average."""

import math

import numpy as np
from numba import float64, int64

from ..arithmetic import divide
from ..compilation import inlined, jitclass
from ..likely import likely
from ..ownership import borrow
from .declared import declare
from .window_sum import next_mean

INDICATOR = declare("period: int", warmup="period - 1", takes_gaps=True, common=True)


@jitclass
class Sma:
    """Simple moving average of the last ``period`` bars.

    The double nearest to the exact mean of the last ``period`` values (``window_sum`` says how).
    """

    period: int64
    divisor: float64
    anchor: float64
    rest: float64
    floor: float64
    value: float64

    def __init__(self, period):
        self.period = period
        self.divisor = float(period)
        self.anchor = 0.0
        self.rest = 0.0
        self.floor = math.nan
        self.value = 0.0

    def resume(self, anchor, rest, floor, value):
        """Take another state of the window."""
        self.anchor = anchor
        self.rest = rest
        self.floor = floor
        self.value = value


@inlined
def update_sma(state, column, t):
    """Take bar ``t`` of ``column``."""
    column = borrow(column)
    anchor, rest, floor = state.anchor, state.rest, state.floor
    moved, goes_on = 0.0, False
    if likely(column[t] >= floor):
        # Unsigned, so that Numba spares the test for a negative index.
        moved = rest + (column[t] - column[np.uint64(t - state.period)])
        goes_on = abs(moved) < floor
    if likely(goes_on):
        rest = moved
        value = anchor + divide(moved, state.divisor)
    else:
        anchor, rest, floor, value = next_mean(column, t, state.period, anchor, rest, floor)
    state.resume(anchor, rest, floor, value)
