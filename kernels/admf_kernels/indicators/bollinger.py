"""Bollinger bands."""

import math

from numba import float64, int64

from ..compilation import inlined, jitclass
from ..ownership import borrow
from .declared import declare
from .window_moments import next_moments

INDICATOR = declare(
    "period: int = 20, width: float = 2.0",
    outputs="upper middle lower",
    warmup="period - 1",
    takes_gaps=True,
    common=True,
)


@jitclass
class Bollinger:
    """Bollinger bands: ``upper``, ``middle``, ``lower``, ``width`` standard deviations apart from the mean.

    Mean of the last ``period`` values, and ``width`` population standard deviations to either side.
    """

    period: int64
    width: float64
    anchor: float64
    rest: float64
    floor: float64
    high: float64
    low: float64
    doubt: float64
    upper: float64
    middle: float64
    lower: float64

    def __init__(self, period, width):
        self.period = period
        self.width = width
        self.anchor = 0.0
        self.rest = 0.0
        self.floor = math.nan
        self.high = 0.0
        self.low = 0.0
        self.doubt = -1.0
        self.upper = 0.0
        self.middle = 0.0
        self.lower = 0.0

    def resume(self, anchor, rest, floor, high, low, doubt):
        """Take the sums of the window (``window_moments``)."""
        self.anchor = anchor
        self.rest = rest
        self.floor = floor
        self.high = high
        self.low = low
        self.doubt = doubt

    def set_bands(self, mean, deviation):
        """Place the bands."""
        self.upper = mean + self.width * deviation
        self.middle = mean
        self.lower = mean - self.width * deviation


@inlined
def update_bollinger(state, column, t):
    """Take bar ``t`` of ``column``."""
    anchor, rest, floor, high, low, doubt, mean, variance = next_moments(
        borrow(column), t, state.period, state.anchor, state.rest, state.floor, state.high, state.low, state.doubt
    )
    state.resume(anchor, rest, floor, high, low, doubt)
    state.set_bands(mean, math.sqrt(variance))
