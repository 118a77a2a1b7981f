"""Typical price of a bar."""

from numba import float64

from ..compilation import inlined
from ..ownership import borrow
from . import bar_prices
from .declared import declare, state

INDICATOR = declare(inputs="high low close", warmup="0")
_typical_price = bar_prices.typical_price


@state
class TypicalPrice:
    """Typical price: (high + low + close) / 3."""

    value: float64 = 0.0


@inlined
def update_typical_price(state, high, low, close, t):
    """Take bar ``t``."""
    state.value = _typical_price(borrow(high), borrow(low), borrow(close), t)
