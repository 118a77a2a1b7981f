"""Distance from the mean in standard deviations."""

import math

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import inlined, jitclass
from ..ownership import borrow
from .declared import declare
from .window_moments import next_distance, next_moments

INDICATOR = declare("period: int", warmup="period - 1", common=True)


@jitclass
class Zscore:
    """Distance from the mean in standard deviations; 0 where the window is constant.

    (x - mean) / population standard deviation of the last ``period`` values; 0 where they are all equal.
    """

    period: int64
    anchor: float64
    rest: float64
    floor: float64
    high: float64
    low: float64
    doubt: float64
    value: float64

    def __init__(self, period):
        self.period = period
        self.anchor = 0.0
        self.rest = 0.0
        self.floor = math.nan
        self.high = 0.0
        self.low = 0.0
        self.doubt = -1.0
        self.value = 0.0

    def resume(self, anchor, rest, floor, high, low, doubt):
        """Take the sums of the window (``window_moments``)."""
        self.anchor = anchor
        self.rest = rest
        self.floor = floor
        self.high = high
        self.low = low
        self.doubt = doubt


@inlined
def update_zscore(state, column, t):
    """Take bar ``t`` of ``column``."""
    anchor, rest, floor, high, low, doubt, _, variance = next_moments(
        borrow(column), t, state.period, state.anchor, state.rest, state.floor, state.high, state.low, state.doubt
    )
    distance = next_distance(borrow(column), t, state.period, anchor, rest, floor)
    state.resume(anchor, rest, floor, high, low, doubt)
    state.value = divide(distance, math.sqrt(variance)) if variance > 0.0 else 0.0
