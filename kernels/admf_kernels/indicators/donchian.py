"""Donchian channel."""

import math

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import inlined, jitclass
from ..ownership import borrow
from .declared import declare
from .window import next_maximum, next_minimum

INDICATOR = declare("period: int", inputs="high low", outputs="upper middle lower", warmup="period - 1", common=True)


@jitclass
class Donchian:
    """Donchian channel of highs and lows: ``upper``, ``middle``, ``lower``. ``lag=1`` leaves the bar itself out.

    Highest high and lowest low of the last ``period`` bars, the newest included.
    """

    period: int64
    upper_at: int64
    lower_at: int64
    upper: float64
    middle: float64
    lower: float64

    def __init__(self, period):
        self.period = period
        self.upper_at = -1
        self.lower_at = -1
        self.upper = -math.inf
        self.middle = 0.0
        self.lower = math.inf

    def set_channel(self, upper, upper_at, lower, lower_at):
        """Place the channel."""
        self.upper_at = upper_at
        self.lower_at = lower_at
        self.upper = upper
        self.middle = divide(upper + lower, 2.0)
        self.lower = lower


@inlined
def update_donchian(state, high, low, t):
    """Take bar ``t``."""
    upper, upper_at = next_maximum(borrow(high), t, state.period, state.upper, state.upper_at)
    lower, lower_at = next_minimum(borrow(low), t, state.period, state.lower, state.lower_at)
    state.set_channel(upper, upper_at, lower, lower_at)
