"""Relative strength index (Wilder, "New Concepts in Technical Trading Systems", 1978)."""

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import inlined, jitclass
from .declared import declare
from .exponential import next_wilder

INDICATOR = declare("period: int = 14", warmup="period", common=True)


@jitclass
class Rsi:
    """Wilder's relative strength index, 0 to 100.

    100 - 100 / (1 + average gain / average loss), both by Wilder's average over ``period`` changes.
    """

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

    def take(self, seen, gain, gain_low, loss, loss_low, value):
        """Take both averages after a bar, and the index."""
        self.seen = seen
        self.gain = gain
        self.gain_low = gain_low
        self.loss = loss
        self.loss_low = loss_low
        self.value = value


@inlined
def update_rsi(state, column, t):
    """Take bar ``t`` of ``column``; the first has no change."""
    change = column[t] - column[max(t - 1, 0)]
    gain, gain_low, loss, loss_low = state.gain, state.gain_low, state.loss, state.loss_low
    seen = state.seen
    if t > 0:
        seen += 1
        gain, gain_low = next_wilder(gain, gain_low, max(change, 0.0), seen, state.period)
        loss, loss_low = next_wilder(loss, loss_low, max(-change, 0.0), seen, state.period)
    if loss > 0.0:
        value = 100.0 - divide(100.0, 1.0 + divide(gain, loss))
    else:
        value = 100.0 if gain > 0.0 else 50.0
    state.take(seen, gain, gain_low, loss, loss_low, value)
