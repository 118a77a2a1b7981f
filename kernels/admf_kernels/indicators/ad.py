"""Accumulation and distribution (M. Chaikin)."""

from numba import float64

from ..compilation import inlined
from ..error_free import add
from ..ownership import borrow
from .bar_prices import money_flow
from .declared import declare, state

INDICATOR = declare(inputs="high low close volume", warmup="0")


@state
class Ad:
    """Accumulation and distribution: volume times the close's place in its bar (-1 to 1), since the first bar."""

    high: float64 = 0.0
    low: float64 = 0.0
    value: float64 = 0.0


@inlined
def update_ad(state, high, low, close, volume, t):
    """Take bar ``t``."""
    flow = money_flow(borrow(high), borrow(low), borrow(close), borrow(volume), t)
    total, rest, _ = add(state.high, state.low, flow)
    state.high, state.low, state.value = total, rest, total
