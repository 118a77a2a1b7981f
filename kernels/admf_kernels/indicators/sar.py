"""Parabolic stop and reverse (J. W. Wilder, "New Concepts in Technical Trading Systems", 1978)."""

from numba import float64, int64

from ..compilation import inlined, kernel
from ..ownership import borrow
from .declared import declare, state

INDICATOR = declare("acceleration: float = 0.02, maximum: float = 0.2", inputs="high low", warmup="1")


@state
class Sar:
    """Wilder's parabolic stop and reverse, in units of price: below it the trend is down, above it up."""

    acceleration: float64
    maximum: float64
    side: int64 = 0
    stop: float64 = 0.0
    extreme: float64 = 0.0
    factor: float64 = 0.0
    value: float64 = 0.0


@kernel
def _next(high, low, t, side, stop, extreme, factor, step, most):
    """Take bar ``t``: the value, and side, stop, extreme and factor for the next bar."""
    if t == 0:
        return low[0], 0, 0.0, 0.0, 0.0
    before = t - 1 if t > 1 else t
    if side == 0:
        up, down = high[1] - high[0], low[0] - low[1]
        side = -1 if down > up and down > 0.0 else 1
        stop, extreme, factor = (low[0], high[1], step) if side > 0 else (high[0], low[1], step)
    if side > 0:
        if low[t] <= stop:
            value = max(extreme, max(high[before], high[t]))
            stop = max(value + step * (low[t] - value), max(high[before], high[t]))
            return value, -1, stop, low[t], step
        value = stop
        if high[t] > extreme:
            extreme, factor = high[t], min(factor + step, most)
        return value, 1, min(stop + factor * (extreme - stop), min(low[before], low[t])), extreme, factor
    if high[t] >= stop:
        value = min(extreme, min(low[before], low[t]))
        stop = min(value + step * (high[t] - value), min(low[before], low[t]))
        return value, 1, stop, high[t], step
    value = stop
    if low[t] < extreme:
        extreme, factor = low[t], min(factor + step, most)
    return value, -1, max(stop + factor * (extreme - stop), max(high[before], high[t])), extreme, factor


@inlined
def update_sar(state, high, low, t):
    """Take bar ``t``."""
    step = min(state.acceleration, state.maximum)
    value, side, stop, extreme, factor = _next(
        borrow(high), borrow(low), t, state.side, state.stop, state.extreme, state.factor, step, state.maximum
    )
    state.value, state.side, state.stop, state.extreme, state.factor = value, side, stop, extreme, factor
