"""Point of control of a volume profile (J. P. Steidlmayer's market profile, of volume)."""

import numpy as np
from numba import float64, int64

from ..arithmetic import divide
from ..compilation import inlined, kernel
from ..ownership import borrow
from .bar_prices import typical_price
from .declared import declare, state

INDICATOR = declare("period: int = 100, rows: int = 24", inputs="high low close volume", warmup="period - 1")


@state
class PointOfControl:
    """Middle of the row of prices with most volume in the last ``period`` bars, whose range has ``rows`` rows.

    The volume of a bar counts at its typical price; of equal rows it is the lowest.
    """

    period: int64
    rows: int64
    value: float64 = 0.0


@kernel
def _heaviest(high, low, close, volume, t, n, rows):
    bottom, top = low[t], high[t]
    for i in range(t - n + 1, t):
        bottom, top = min(bottom, low[i]), max(top, high[i])
    step = divide(top - bottom, float(rows))
    if not step > 0.0:
        return bottom
    traded = np.zeros(rows, np.float64)
    for i in range(t - n + 1, t + 1):
        row = int(divide(typical_price(high, low, close, i) - bottom, step))
        traded[min(max(row, 0), rows - 1)] += volume[i]
    heaviest = 0
    for row in range(1, rows):
        heaviest = row if traded[row] > traded[heaviest] else heaviest
    return bottom + (float(heaviest) + 0.5) * step


@inlined
def update_point_of_control(state, high, low, close, volume, t):
    """Take bar ``t``."""
    value = 0.0
    if t >= state.period - 1:
        value = _heaviest(borrow(high), borrow(low), borrow(close), borrow(volume), t, state.period, state.rows)
    state.value = value
