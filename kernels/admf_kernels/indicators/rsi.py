"""Relative strength index (Wilder, "New Concepts in Technical Trading Systems", 1978)."""

from numba import float64, int64
from numba.experimental import jitclass

from ..arithmetic import divide
from ..compilation import inlined
from .exponential import next_wilder


@jitclass
class Rsi:
    """100 - 100 / (1 + average gain / average loss), both by Wilder's average over ``period`` changes."""

    period: int64
    seen: int64
    gain: float64
    gain_low: float64
    loss: float64
    loss_low: float64
    value: float64

    def __init__(self, period):
        self.period = period
        self.seen = 0
        self.gain = 0.0
        self.gain_low = 0.0
        self.loss = 0.0
        self.loss_low = 0.0
        self.value = 50.0

    def update(self, change, counts):
        """Take a change of price; ``counts`` is 0 for the first bar, which has none."""
        seen = self.seen + counts
        self.seen = seen
        if counts == 1:
            rise, fall = max(change, 0.0), max(-change, 0.0)
            self.gain, self.gain_low = next_wilder(self.gain, self.gain_low, rise, seen, self.period)
            self.loss, self.loss_low = next_wilder(self.loss, self.loss_low, fall, seen, self.period)
        if self.loss > 0.0:
            self.value = 100.0 - divide(100.0, 1.0 + divide(self.gain, self.loss))
        else:
            self.value = 100.0 if self.gain > 0.0 else 50.0


@inlined
def update_rsi(state, column, t):
    """Take bar ``t`` of ``column``."""
    state.update(column[t] - column[max(t - 1, 0)], int(t > 0))
