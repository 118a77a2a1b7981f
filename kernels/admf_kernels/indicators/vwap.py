"""Volume-weighted average price of the session."""

from numba import float64

from ..arithmetic import divide
from ..compilation import inlined, jitclass, shared_kernel
from ..error_free import add, has_room, two_product
from .declared import declare

INDICATOR = declare(inputs="high low close volume session", warmup="0", common=True)


@jitclass
class Vwap:
    """Volume-weighted average price since the session's first bar.

    Typical price (h + l + c) / 3 weighted by volume since the session's first bar; unweighted while volume is 0.
    """

    turnover: float64
    turnover_low: float64
    volume: float64
    volume_low: float64
    value: float64

    def __init__(self):
        self.turnover = 0.0
        self.turnover_low = 0.0
        self.volume = 0.0
        self.volume_low = 0.0
        self.value = 0.0

    def resume(self, turnover, turnover_low, volume, volume_low, value):
        """Take the sums of the session, and their quotient."""
        self.turnover = turnover
        self.turnover_low = turnover_low
        self.volume = volume
        self.volume_low = volume_low
        self.value = value


@shared_kernel
def next_vwap(typical_price, traded, same_session, turnover, turnover_low, volume, volume_low):
    """Take a bar; ``same_session`` is 0 on a session's first bar."""
    turnover, turnover_low = turnover * same_session, turnover_low * same_session
    volume, volume_low = volume * same_session, volume_low * same_session
    product, error = two_product(typical_price, traded)
    turnover, turnover_low, _ = add(turnover, turnover_low, product)
    turnover, turnover_low, _ = add(turnover, turnover_low, error)
    volume, volume_low, _ = add(volume, volume_low, traded)
    if not volume > 0.0:
        return turnover, turnover_low, volume, volume_low, typical_price
    value = divide(turnover, volume)
    if has_room(turnover) and has_room(volume):
        product, error = two_product(value, volume)
        rest = ((turnover - product) - error) + (turnover_low - value * volume_low)
        value += divide(rest, volume)
    return turnover, turnover_low, volume, volume_low, value


@inlined
def update_vwap(state, high, low, close, volume, session, t):
    """Take bar ``t``."""
    # Of a bar without a range this is the price itself, which a third of its threefold need not be.
    typical_price = low[t] + divide((high[t] - low[t]) + (close[t] - low[t]), 3.0)
    same_session = float(int(session[t] == session[max(t - 1, 0)]))
    turnover, turnover_low, total, total_low, value = next_vwap(
        typical_price, volume[t], same_session, state.turnover, state.turnover_low, state.volume, state.volume_low
    )
    state.resume(turnover, turnover_low, total, total_low, value)
