"""Average true range (Wilder, "New Concepts in Technical Trading Systems", 1978)."""

from numba import float64, int64

from ..compilation import inlined, jitclass
from .declared import declare
from .exponential import next_wilder

INDICATOR = declare("period: int = 14", inputs="high low close", warmup="period", common=True)


@jitclass
class Atr:
    """Wilder's average true range, in units of price.

    Wilder's average of the true range over ``period`` bars, from the second bar of the data on.
    """

    period: int64
    seen: int64
    low: float64
    value: float64

    def __init__(self, period):
        self.period = period
        self.seen = 0
        self.low = 0.0
        self.value = 0.0

    def update(self, high, low, previous_close, counts):
        """Take a bar; ``counts`` is 0 for the first, which has no close before it."""
        seen = self.seen + counts
        self.seen = seen
        if counts == 1:
            true_range = max(high - low, max(abs(high - previous_close), abs(low - previous_close)))
            self.value, self.low = next_wilder(self.value, self.low, true_range, seen, self.period)


@inlined
def update_atr(state, high, low, close, t):
    """Take bar ``t``."""
    state.update(high[t], low[t], close[max(t - 1, 0)], int(t > 0))
