"""Donchian channel."""

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import inlined, jitclass
from .declared import declare
from .window import window_maximum, window_minimum

INDICATOR = declare("period: int", inputs="high low", outputs="upper middle lower", warmup="period - 1", common=True)


@jitclass
class Donchian:
    """Donchian channel of highs and lows: ``upper``, ``middle``, ``lower``. ``lag=1`` leaves the bar itself out.

    Highest high and lowest low of the last ``period`` bars, the newest included.
    """

    period: int64
    upper: float64
    middle: float64
    lower: float64

    def __init__(self, period):
        self.period = period
        self.upper = 0.0
        self.middle = 0.0
        self.lower = 0.0

    def set_channel(self, upper, lower):
        """Place the channel."""
        self.upper = upper
        self.middle = divide(upper + lower, 2.0)
        self.lower = lower


@inlined
def update_donchian(state, high, low, t):
    """Take bar ``t``."""
    state.set_channel(window_maximum(high, t, state.period), window_minimum(low, t, state.period))
