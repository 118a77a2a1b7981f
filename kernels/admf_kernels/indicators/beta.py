"""Beta: how a column moves with another one."""

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import inlined, kernel
from ..ownership import borrow
from .declared import declare, state

INDICATOR = declare("period: 2 <= int = 20", inputs="source against", warmup="period")


@state
class Beta:
    """Slope of the last returns of the source on those of another column; 0 where that one has not moved."""

    period: int64
    value: float64 = 0.0


@kernel
def _change(x, i):
    return divide(x[i], x[i - 1]) - 1.0 if x[i - 1] != 0.0 else 0.0


@kernel
def _slope(x, y, t, n):
    mean_x, mean_y = 0.0, 0.0
    for i in range(t - n + 1, t + 1):
        mean_x += _change(x, i)
        mean_y += _change(y, i)
    mean_x, mean_y = divide(mean_x, float(n)), divide(mean_y, float(n))
    squares, products = 0.0, 0.0
    for i in range(t - n + 1, t + 1):
        dy = _change(y, i) - mean_y
        squares += dy * dy
        products += dy * (_change(x, i) - mean_x)
    return divide(products, squares) if squares > 0.0 else 0.0


@inlined
def update_beta(state, column, against, t):
    """Take bar ``t``."""
    value = 0.0
    if t >= state.period:
        value = _slope(borrow(column), borrow(against), t, state.period)
    state.value = value
