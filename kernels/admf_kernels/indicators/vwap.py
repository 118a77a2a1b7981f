"""Volume-weighted average price of the session."""

from numba import float64
from numba.experimental import jitclass

from ..arithmetic import divide
from ..compilation import inlined


@jitclass
class Vwap:
    """Typical price (h + l + c) / 3 weighted by volume since the session's first bar; unweighted while volume is 0."""

    turnover: float64
    volume: float64
    value: float64

    def __init__(self):
        self.turnover = 0.0
        self.volume = 0.0
        self.value = 0.0

    def update(self, typical_price, volume, same_session):
        """Take a bar; ``same_session`` is 0 on a session's first bar."""
        turnover = self.turnover * same_session + typical_price * volume
        total = self.volume * same_session + volume
        self.turnover = turnover
        self.volume = total
        self.value = divide(turnover, total) if total > 0.0 else typical_price


@inlined
def update_vwap(state, high, low, close, volume, session, t):
    """Take bar ``t``."""
    typical_price = divide(high[t] + low[t] + close[t], 3.0)
    state.update(typical_price, volume[t], float(int(session[t] == session[max(t - 1, 0)])))
