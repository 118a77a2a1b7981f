"""Volume-weighted average price since a bar."""

from numba import float64, int64

from ..compilation import inlined
from ..ownership import borrow
from .bar_prices import typical_price
from .declared import declare, state
from .vwap import next_vwap

INDICATOR = declare("first_bar: 0 <= int", inputs="high low close volume", warmup="first_bar")


@state
class AnchoredVwap:
    """Volume-weighted average price since bar ``first_bar`` of the data; of the bar itself while volume is 0."""

    first_bar: int64
    turnover: float64 = 0.0
    turnover_low: float64 = 0.0
    volume: float64 = 0.0
    volume_low: float64 = 0.0
    value: float64 = 0.0


@inlined
def update_anchored_vwap(state, high, low, close, volume, t):
    """Take bar ``t``."""
    price = typical_price(borrow(high), borrow(low), borrow(close), t)
    turnover, turnover_low, total, total_low, value = next_vwap(
        price,
        volume[t],
        float(int(t > state.first_bar)),
        state.turnover,
        state.turnover_low,
        state.volume,
        state.volume_low,
    )
    state.turnover, state.turnover_low, state.volume, state.volume_low = turnover, turnover_low, total, total_low
    state.value = value
